import { expect, test } from "vitest";
import { tags } from "../../test/support/arbitraries.ts";
import { Block } from "../domain/reading.ts";
import { Writer } from "./bytes.ts";
import { type Columns, readColumns, transpose, writeColumns } from "./columns.ts";
import { IntReader, IntWriter } from "./ints.ts";

const { representations } = tags;
const slots = Float64Array.of(1000, 2000);

function blocks(): Block[] {
  return [0, 1].map((f) => {
    const block = new Block();
    for (const t of [0, 3, 4]) block.push(t, 1000 + 1000 * f, t, 0, 0);
    return block;
  });
}

function bytesOf(columns: Columns): Uint8Array {
  const ints = new IntWriter();
  writeColumns(ints, columns, slots, representations);
  const to = new Writer();
  ints.finish(to);
  return to.finish();
}

test("columns stand by tag, each reading with its frame", () => {
  const columns = transpose(blocks(), representations);
  expect([...columns.tags]).toEqual([0, 3, 4]);
  expect([...columns.starts]).toEqual([0, 2, 4, 6]);
  expect([...columns.frame]).toEqual([0, 1, 0, 1, 0, 1]);
  const back = readColumns(new IntReader(bytesOf(columns), "test"), slots, 6, 12);
  expect([...back.readings.tag]).toEqual([0, 0, 3, 3, 4, 4]);
  expect([...back.readings.at]).toEqual([1000, 2000, 1000, 2000, 1000, 2000]);
  expect({ ...back, readings: null }).toEqual({ ...columns, readings: null });
});

test("more readings than the columns hold, or than are allowed, are refused", () => {
  const columns = transpose(blocks(), representations);
  columns.readings.reserve(1);
  columns.readings.length = 7;
  expect(() => readColumns(new IntReader(bytesOf(columns), "test"), slots, 100, 12)).toThrow("hold 6 of 7 readings");
  expect(() => readColumns(new IntReader(bytesOf(columns), "test"), slots, 6, 12)).toThrow("readings is 7, at most 6");
});
