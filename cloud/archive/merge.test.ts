import fc from "fast-check";
import { expect, test } from "vitest";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import { type FrameEntry, merge, type Piece, type Source, tableOf } from "./merge.ts";

const names = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] as const;
const startOf = (epoch: number) => epoch * 10_000;

/** Frames of an epoch with one number and one text reading each; `value` tells two contents of one frame apart. */
function sourceOf(epoch: number, seqs: readonly number[], value = 0): Source {
  const numbers = new Block(seqs.length);
  const texts = new Block(seqs.length);
  const frames = seqs.map((seq, f): FrameEntry => {
    numbers.push(f, seq, value + seq, GOOD, 0);
    texts.pushText(f, seq, `${value} ${seq}`, GOOD, 0);
    const receivedAt = startOf(epoch) + seq;
    return {
      epoch: names[epoch] ?? "",
      seq,
      dictionary: "d",
      receivedAt,
      mono: seq,
      clock: 0,
      late: false,
      thinned: null,
      shift: 0,
    };
  });
  const frame = Uint32Array.from(seqs, (_, f) => f);
  const piece = (readings: Block): Piece => ({ frame, readings, start: 0, end: seqs.length });
  return {
    frames,
    pieces: new Map([
      [7, piece(numbers)],
      [9, piece(texts)],
    ]),
  };
}

function contentOf(sources: readonly Source[]): string[] {
  const { frames, versions, columns } = merge(sources, (version) => (version === 9 ? "text" : "scaled"));
  const { starts, frame, readings } = columns;
  return versions.flatMap((version, v) =>
    Array.from({ length: (starts[v + 1] ?? 0) - (starts[v] ?? 0) }, (_, k) => {
      const i = (starts[v] ?? 0) + k;
      const entry = frames[frame[i] ?? 0];
      const value = readings.value[i] ?? 0;
      return `${entry?.epoch[0]}${entry?.seq} ${version}: ${version === 9 ? readings.texts[value] : value}`;
    }),
  );
}

test("frames in any pieces and any order of arrival make the same span", () => {
  const cut = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (cuts, order) => {
      const next = [1, 1];
      const parts = cuts.map(([epoch, length]) => {
        const first = next[epoch] ?? 1;
        next[epoch] = first + length;
        return sourceOf(
          epoch,
          Array.from({ length }, (_, i) => first + i),
        );
      });
      const shuffled = parts
        .map((part) => ({ part, key: order.next().value ?? 0 }))
        .sort((x, y) => x.key - y.key)
        .map(({ part }) => part);
      const whole = [0, 1].flatMap((epoch) => {
        const count = (next[epoch] ?? 1) - 1;
        return count === 0
          ? []
          : [
              sourceOf(
                epoch,
                Array.from({ length: count }, (_, i) => i + 1),
              ),
            ];
      });
      expect(contentOf(shuffled)).toEqual(contentOf(whole));
    }),
  );
});

test("a frame that comes again replaces what was there, its readings too", () => {
  expect(contentOf([sourceOf(0, [1, 2, 3]), sourceOf(0, [2], 100)])).toEqual([
    "a1 7: 1",
    "a2 7: 102",
    "a3 7: 3",
    "a1 9: 0 1",
    "a2 9: 100 2",
    "a3 9: 0 3",
  ]);
});

test("a table's runs break where an epoch, a dictionary or a seq does", () => {
  const frames = sourceOf(0, [1, 2, 5]).frames.flatMap((frame) => frame ?? []);
  const [one, two, five] = frames;
  if (one === undefined || two === undefined || five === undefined) throw new Error("three frames were made");
  const table = tableOf([one, two, { ...two, seq: 3, dictionary: "e" }, five]);
  expect(table.runs.map(({ dictionary, firstSeq, count }) => [dictionary, firstSeq, count])).toEqual([
    ["d", 1, 2],
    ["e", 3, 1],
    ["d", 5, 1],
  ]);
});
