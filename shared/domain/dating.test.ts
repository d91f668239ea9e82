import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClockAnchor, datingBy, shiftOf, trueTime, uncertaintyAt } from "./dating.ts";

const truth = Date.UTC(2027, 4, 1);
const ms = (most: number) => fc.integer({ min: 0, max: most });
const day = 86_400_000;

/** A boot: its monotonic clock runs wrong by some parts in a million, its wall clock is wherever it is set to. */
const boot = fc.record({
  drift: fc.integer({ min: -100, max: 100 }).map((millionths) => millionths / 1e6),
  /** Steps of the wall clock: after so many ms of true time it is off by so much. */
  steps: fc.array(fc.tuple(ms(day), fc.integer({ min: -truth, max: day })), { minLength: 1, maxLength: 5 }),
});

/** Words about a boot, each right within what it says; `since` is true time since the boot, `mono` runs wrong by the drift. */
const measured = fc.tuple(ms(day), fc.integer({ min: -500, max: 500 }), ms(500));
const wordsOf = (drift: number, told: readonly (readonly [since: number, error: number, more: number])[]) =>
  told.map(([since, error, more]): ClockAnchor => {
    const at = truth + since + error;
    return { at, mono: since * (1 + drift), uncertainty: Math.abs(error) + more, by: "office" };
  });

test("frames are dated as true as the words and the drift since allow, whatever the wall clock did", () => {
  fc.assert(
    fc.property(boot, fc.array(measured, { minLength: 1 }), fc.array(ms(day)), ({ drift, steps }, words, frames) => {
      const wallAt = (since: number) => {
        const last = steps
          .filter(([at]) => at <= since)
          .sort(([one], [other]) => one - other)
          .at(-1);
        return truth + since + (last?.[1] ?? -truth);
      };
      const anchorAt = datingBy(wordsOf(drift, words));
      for (const since of frames) {
        const frame = { receivedAt: wallAt(since), mono: since * (1 + drift) };
        const anchor = anchorAt(frame.mono);
        if (anchor === null) throw new Error("no anchor");
        const dated = frame.receivedAt + shiftOf(frame, anchor);
        expect(Math.abs(dated - (truth + since))).toBeLessThanOrEqual(uncertaintyAt(anchor, frame.mono) + 1);
      }
    }),
  );
});

test("under any words that agree the order of the monotonic clock is the order of the dated times", () => {
  const frames = fc.array(fc.tuple(ms(day), fc.integer({ min: 0, max: 2 * truth })));
  fc.assert(
    fc.property(boot, fc.array(measured, { minLength: 1 }), frames, ({ drift }, words, frames) => {
      const anchors = wordsOf(drift, words);
      const anchorAt = datingBy(anchors);
      // Where words change is where order could break.
      const near = anchors.flatMap(({ mono }) => [-1, 0, 1, 50, 400].map((ms): [number, number] => [mono + ms, 0]));
      const dated = [...frames, ...near]
        .toSorted(([one], [other]) => one - other)
        .map(([mono, receivedAt]) => receivedAt + shiftOf({ receivedAt, mono }, anchorAt(mono)));
      for (let i = 1; i < dated.length; i++) expect(dated[i]).toBeGreaterThanOrEqual(dated[i - 1] ?? 0);
    }),
  );
});

test("a later word moves nothing that closed before it and has its time; in which order words are given decides nothing", () => {
  fc.assert(
    fc.property(boot, fc.array(measured, { minLength: 2 }), fc.array(ms(day)), ({ drift }, words, frames) => {
      const all = wordsOf(drift, words).sort((one, other) => one.mono - other.mono);
      const last = all.at(-1)?.mono ?? 0;
      fc.pre(all.at(-2)?.mono !== last);
      const [early, late, mixed] = [all.slice(0, -1), all, all.toReversed()].map(datingBy);
      for (const mono of frames) {
        expect(mixed?.(mono)).toEqual(late?.(mono));
        if (mono < last) expect(late?.(mono)).toEqual(early?.(mono));
      }
    }),
  );
});

test("what dates both ends of a stretch dates every frame between", () => {
  fc.assert(
    fc.property(boot, fc.array(measured, { minLength: 1 }), ms(day), ms(day), ms(day), ({ drift }, words, ...three) => {
      const anchorAt = datingBy(wordsOf(drift, words));
      const [from = 0, between = 0, to = 0] = three.sort((one, other) => one - other);
      if (anchorAt(from) === anchorAt(to)) expect(anchorAt(between)).toBe(anchorAt(from));
    }),
  );
});

test("time stands until a surer word that is earlier has caught up; a word that contradicts the last one counts at once", () => {
  const first: ClockAnchor = { at: truth, mono: 0, uncertainty: 900, by: "office" };
  const surer: ClockAnchor = { at: truth + 9_400, mono: 10_000, uncertainty: 20, by: "office" };
  const timeAt = (anchors: readonly ClockAnchor[], mono: number) =>
    truth + shiftOf({ receivedAt: truth, mono }, datingBy(anchors)(mono));
  const both = [first, surer];
  expect([9_999, 10_000, 10_300, 10_600, 10_601].map((mono) => timeAt(both, mono) - truth)).toEqual([
    9_999, 10_000, 10_000, 10_000, 10_001,
  ]);
  expect(datingBy(both)(10_300)).toMatchObject({ uncertainty: 901 });
  const contrary = { ...surer, at: truth - 7_200_000 };
  expect(timeAt([first, contrary], 10_001) - truth).toBe(-7_199_999);
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
  expect(datingBy([])(0)).toBeNull();
  expect(shiftOf({ receivedAt: 0, mono: 0 }, null)).toBeNaN();
  expect(shiftOf({ receivedAt: 0, mono: 1 }, { at: 8.64e15, mono: 0 })).toBeNaN();
});

test("what closed before the first word goes by that; behind it a word counts unless an earlier one is surer still", () => {
  const first: ClockAnchor = { at: truth, mono: 1_000, uncertainty: 10, by: "office" };
  const worse: ClockAnchor = { at: truth, mono: 2_000, uncertainty: 300, by: "office" };
  const surer: ClockAnchor = { at: truth + 3_600_000, mono: 3_601_000, uncertainty: 100, by: "office" };
  const anchorAt = datingBy([surer, worse, first]);
  expect([0, 1_000, 3_600_999].map(anchorAt)).toEqual([first, first, first]);
  expect(anchorAt(3_601_000)).toEqual(surer);
});
