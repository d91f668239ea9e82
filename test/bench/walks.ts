import { GOOD } from "../../shared/domain/reading.ts";
import { Random } from "../sim/random.ts";
import { tagOf } from "../support/hand-rig.ts";
import type { Series } from "./series.ts";

const ROWS = 86_400;
const TAGS = 10;

/** A series that needs no reference data: scaled integers that stand still, drift, and jitter, each tag more than the one before. `start` is the time of row 0. */
export function openWalks(seed: number, start: number): Series {
  const random = new Random(seed);
  const values = new Int32Array(TAGS * ROWS);
  for (let tag = 0; tag < TAGS; tag++) {
    let value = random.between(1_000, 20_000);
    for (let row = 0; row < ROWS; row++) {
      // Half of them change seldom, as valves and set points do.
      if (random.chance(0.15 + 0.1 * tag)) value += random.between(-2 - 2 * tag, 2 + 2 * tag);
      values[tag * ROWS + row] = value;
    }
  }
  const raw = (tag: number, row: number) => values[tag * ROWS + (row % ROWS)] ?? 0;
  return {
    rows: ROWS,
    start,
    tags: Array.from({ length: TAGS }, (_, tag) => tagOf(`walk_${tag}`)),
    raw,
    fill(into, row, at, first = 0) {
      for (let tag = 0; tag < TAGS; tag++) into.push(first + tag, at, raw(tag, row), GOOD, 0);
    },
  };
}
