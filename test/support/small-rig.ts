import { AT_SOURCE, Block, GOOD, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import { TagVersion } from "../../shared/domain/tag.ts";

const tag = (no: number, name: string, unit: string, kind: object, limits = {}) =>
  TagVersion.parse({
    id: no.toString(16).padStart(16, "0"),
    name,
    label: name,
    unit,
    kind,
    limits,
    source: "plc",
    validFrom: 0,
  });

export const tags = [
  tag(1, "mud_pressure", "psi", { type: "scaled", scale: 0.5 }),
  tag(2, "rig_state", "code", { type: "scaled" }),
  tag(3, "mud.anomaly", "score", { type: "double" }, { h: { at: 0.8, priority: 2 } }),
];

/** A minute and a half at 1 Hz from `start`: pressure 2000, 2001 … raw, with a bad and an uncertain reading; the score peaks in second 30 to 39. */
export function minuteAndAHalf(start: number): Block {
  const block = new Block();
  for (let s = 0; s < 90; s++) {
    const at = start + s * 1_000;
    if (s === 10) block.pushBad(0, at, reasonCode("no answer in time"));
    else block.push(0, at, 2_000 + s, s === 11 ? UNCERTAIN : GOOD | AT_SOURCE, s === 11 ? reasonCode("flat line") : 0);
    block.push(1, at, 1, GOOD, 0);
    block.push(2, at, s >= 30 && s < 40 ? (s === 35 ? 0.95 : 0.9) : 0.1, GOOD, 0);
  }
  return block;
}
