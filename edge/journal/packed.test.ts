import fc from "fast-check";
import { expect, test } from "vitest";
import { Block, GOOD, type Representation } from "../../shared/domain/reading.ts";
import { addChecksums, checksumOf, noChecksum, type TagList } from "../../shared/wire/checksum.ts";
import { framesFrom } from "../../shared/wire/columns.ts";
import { decodeFrame, encodeFrame, type TelemetryFrame } from "../../shared/wire/frame.ts";
import { checksumOfPacked, pack, unpack } from "./packed.ts";

const representations: Representation[] = ["scaled", "real", "double", "text"];
const list: TagList = { ids: Uint32Array.from(representations, (_, i) => i), representations };
const dictionary = "00000000000000d1";

interface Reading {
  tag: number;
  late: number;
  low: number;
  high: number;
  bad: boolean;
}
const reading: fc.Arbitrary<Reading> = fc.record({
  tag: fc.integer({ min: 0, max: 3 }),
  late: fc.integer({ min: -5_000, max: 5_000 }),
  low: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  high: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  bad: fc.boolean(),
});

/** Frames as the journal has them: encoded and decoded again. */
function framesOf(ticks: Reading[][]): TelemetryFrame[] {
  return ticks.map((readings, n) => {
    const at = 1_700_000_000_000 + n * 1_000;
    const block = new Block(4);
    for (const { tag, late, low, high, bad } of readings) {
      if (bad) block.pushBad(tag, at + late, 3);
      else if (tag === 0) block.push(tag, at + late, low - 2 ** 31, GOOD, 0);
      else if (tag === 3) block.pushText(tag, at + late, String(low), GOOD, 0);
      else block.pushBits(tag, at + late, low, tag === 1 ? 0 : high, GOOD, 0);
    }
    const time = { receivedAt: at, mono: n * 1_000, clock: "unknown" as const };
    return decodeFrame(encodeFrame(block, list, { ...time, dictionary }));
  });
}

test("whatever frames are packed, each comes out again with its time and its checksum", () => {
  fc.assert(
    fc.property(fc.array(fc.array(reading, { maxLength: 6 }), { minLength: 1, maxLength: 12 }), (ticks) => {
      const frames = framesOf(ticks);
      const run = { epoch: "00000000000000e1", dictionary, firstSeq: 7, count: frames.length };
      const packed = pack(frames, list, run);
      const sum = frames.map(({ checksum }) => checksum).reduce(addChecksums, noChecksum);
      expect(checksumOfPacked(packed, list)).toEqual(sum);
      const { span, columns } = unpack(packed, list);
      expect(span.table.runs).toEqual([run]);
      for (const { index, readings } of framesFrom(columns, frames.length, list)) {
        expect(checksumOf(readings, list)).toEqual(frames[index]?.checksum);
        expect(span.table.times.receivedAt[index]).toBe(frames[index]?.receivedAt);
      }
    }),
  );
});
