import fc from "fast-check";
import { expect, test } from "vitest";
import { bestAnchor, type ClockAnchor, shiftOf, trueTime, uncertaintyAt } from "./dating.ts";

const truth = Date.UTC(2027, 4, 1);
const ms = (most: number) => fc.integer({ min: 0, max: most });
const day = 86_400_000;

/** A boot: its monotonic clock runs wrong by some parts in a million, its wall clock is wherever it is set to. */
const boot = fc.record({
  drift: fc.integer({ min: -100, max: 100 }).map((millionths) => millionths / 1e6),
  /** Steps of the wall clock: after so many ms of true time it is off by so much. */
  steps: fc.array(fc.tuple(ms(day), fc.integer({ min: -truth, max: day })), { minLength: 1, maxLength: 5 }),
});

test("frames are dated as true as their anchor and the drift since allow, whatever the wall clock did", () => {
  const measured = fc.tuple(ms(day), fc.integer({ min: -500, max: 500 }), ms(500));
  fc.assert(
    fc.property(boot, fc.array(measured, { minLength: 1 }), fc.array(ms(day)), ({ drift, steps }, words, frames) => {
      const monoAt = (since: number) => since * (1 + drift);
      const wallAt = (since: number) => {
        const last = steps
          .filter(([at]) => at <= since)
          .sort(([one], [other]) => one - other)
          .at(-1);
        return truth + since + (last?.[1] ?? -truth);
      };
      const anchors = words.map(([since, error, more]): ClockAnchor => {
        return { at: truth + since + error, mono: monoAt(since), uncertainty: Math.abs(error) + more, by: "office" };
      });
      for (const since of frames) {
        const frame = { receivedAt: wallAt(since), mono: monoAt(since) };
        const anchor = bestAnchor(anchors, frame.mono);
        if (anchor === null) throw new Error("no anchor");
        const dated = frame.receivedAt + shiftOf(frame, anchor);
        expect(Math.abs(dated - (truth + since))).toBeLessThanOrEqual(uncertaintyAt(anchor, frame.mono) + 1);
      }
    }),
  );
});

test("under one anchor the order of the monotonic clock is the order of the dated times", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ms(day), fc.integer({ min: 0, max: 2 * truth }))), ms(day), (frames, mono) => {
      const anchor = { at: truth, mono };
      const dated = frames
        .toSorted(([one], [other]) => one - other)
        .map(([mono, receivedAt]) => receivedAt + shiftOf({ receivedAt, mono }, anchor));
      for (let i = 1; i < dated.length; i++) expect(dated[i]).toBeGreaterThanOrEqual(dated[i - 1] ?? 0);
    }),
  );
});

test("the original comes back exactly: the shift is whole ms", () => {
  fc.assert(
    fc.property(ms(2 * truth), ms(day), fc.double({ min: 0, max: day, noNaN: true }), (receivedAt, mono, at) => {
      const shift = shiftOf({ receivedAt, mono }, { at: truth, mono: at });
      expect(receivedAt + shift - shift).toBe(receivedAt);
      expect(Number.isSafeInteger(shift)).toBe(true);
    }),
  );
});

test("a clock that stands right is not moved, and without a word nothing is said", () => {
  expect(shiftOf({ receivedAt: truth + 5_000, mono: 7_000 }, { at: truth, mono: 2_000 })).toBe(0);
  expect(trueTime({ at: truth, mono: 2_000 }, 500)).toBe(truth - 1_500);
  expect(bestAnchor([], 0)).toBeNull();
});

test("a near word beats a far one unless that was much surer", () => {
  const far: ClockAnchor = { at: truth, mono: 0, uncertainty: 10, by: "office" };
  const near: ClockAnchor = { at: truth, mono: 3_600_000, uncertainty: 100, by: "office" };
  expect(bestAnchor([far, near], 0)).toBe(far);
  expect(bestAnchor([far, near], 3_600_000)).toBe(near);
});
