import fc from "fast-check";
import { expect, test } from "vitest";
import { addChecksums, noChecksum } from "./checksum.ts";
import { type HeldRange, judge, watermarkOf } from "./held.ts";
import { landed, merged, raised, sumOf, within } from "./outcome.ts";

/** Frame `seq` of content `content` (0 for the usual one). */
function frameSum(seq: number, content = 0) {
  return { a: (seq * 2_654_435_761 + content * 97) >>> 0, b: (seq * 40_503 + content * 89) >>> 0 };
}

function sumsOf(first: number, count: number, content = 0): Uint32Array {
  const sums = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const { a, b } = frameSum(first + i, content);
    sums.set([a, b], 2 * i);
  }
  return sums;
}

function stored(first: number, last: number): HeldRange {
  return { first, last, state: "stored", checksum: sumOf(sumsOf(first, last - first + 1), first, { first, last }) };
}

test("a batch that overlaps what is stored counts only where it is new", () => {
  const held = [stored(1, 3), stored(4, 6)];
  const { counted, cut, conflicts } = landed(held, { first: 4, last: 9 }, sumsOf(4, 6), "stored");
  expect(counted).toEqual([{ first: 7, last: 9 }]);
  expect(merged(cut)).toEqual([stored(1, 9)]);
  expect(conflicts).toEqual([]);
});

test("an original replaces what is lost, quarantined or thinned, never what is stored or expired", () => {
  const sum = (first: number) => frameSum(first);
  const held: HeldRange[] = [
    { first: 1, last: 1, state: "lost", checksum: noChecksum },
    { first: 2, last: 2, state: "quarantined", checksum: noChecksum },
    { first: 3, last: 3, state: "thinned", checksum: sum(3) },
    { first: 4, last: 4, state: "stored", checksum: sum(4) },
    { first: 5, last: 5, state: "expired", checksum: sum(5) },
  ];
  const { counted } = landed(held, { first: 1, last: 5 }, sumsOf(1, 5), "stored");
  expect(counted).toEqual([{ first: 1, last: 3 }]);
  expect(landed(held, { first: 1, last: 5 }, sumsOf(1, 5), "thinned").counted).toEqual([{ first: 1, last: 2 }]);
});

test("an original replaces its own thinned frame only, never another one's", () => {
  const thinned: HeldRange = { ...stored(2, 3), state: "thinned" };
  const { counted, cut, conflicts } = landed([thinned], { first: 1, last: 4 }, sumsOf(1, 4, 1), "stored");
  expect(counted).toEqual([
    { first: 1, last: 1 },
    { first: 4, last: 4 },
  ]);
  expect(cut).toContainEqual(thinned);
  expect(conflicts.map(({ range }) => range)).toEqual([{ first: 2, last: 3 }]);
  expect(landed([thinned], { first: 1, last: 4 }, sumsOf(1, 4), "stored").counted).toEqual([{ first: 1, last: 4 }]);
});

test("another content under a stored name is a conflict, and the archive's stays", () => {
  const held = [stored(1, 4)];
  const { counted, cut, conflicts } = landed(held, { first: 1, last: 4 }, sumsOf(1, 4, 1), "stored");
  expect(counted).toEqual([]);
  expect(cut).toEqual(held);
  expect(conflicts).toHaveLength(1);
});

test("an expired range that can't be cut is trimmed against, and compared with nothing", () => {
  const expired: HeldRange = { ...stored(1, 9), state: "expired" };
  const { counted, cut, conflicts } = landed([expired], { first: 8, last: 12 }, sumsOf(8, 5, 1), "stored");
  expect(counted).toEqual([{ first: 10, last: 12 }]);
  expect(conflicts).toEqual([]);
  expect(within(cut, { first: 8, last: 9 })).toEqual([expired]);
  expect(() => landed([stored(1, 9)], { first: 8, last: 9 }, sumsOf(8, 2), "stored")).toThrow(/not cut/);
});

test("what is held is not cut in silence where that would split a sum", () => {
  expect(() => landed([{ ...stored(1, 9), state: "thinned" }], { first: 3, last: 4 }, sumsOf(3, 2), "stored")).toThrow(
    /not cut/,
  );
});

test("held sums are those of the frames, whatever arrives in whatever order", () => {
  const batch = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
      let held: HeldRange[] = [];
      const seen = new Set<number>();
      for (const [first, count] of batches) {
        const last = first + count - 1;
        const cut = held.flatMap((each) => {
          const edges = [
            each.first,
            ...[first, last + 1].filter((edge) => edge > each.first && edge <= each.last),
            each.last + 1,
          ];
          return edges.slice(1).map((next, i) => stored(edges[i] ?? 0, next - 1));
        });
        held = merged(landed(cut, { first, last }, sumsOf(first, count), "stored").cut);
        for (let seq = first; seq <= last; seq++) seen.add(seq);
      }
      const total = held.reduce((sum, each) => addChecksums(sum, each.checksum), noChecksum);
      expect(total).toEqual([...seen].reduce((sum, seq) => addChecksums(sum, frameSum(seq)), noChecksum));
      for (const each of held) expect(each).toEqual(stored(each.first, each.last));
    }),
  );
});

test("lost and quarantined only rise", () => {
  const { counted, cut } = raised([stored(2, 3)], [{ first: 1, last: 5 }], "lost");
  expect(counted).toEqual([
    { first: 1, last: 1 },
    { first: 4, last: 5 },
  ]);
  expect(watermarkOf(cut)).toBe(5);
  expect(raised(cut, [{ first: 1, last: 5 }], "quarantined").counted).toEqual(counted);
});

test("only stored or expired with the same sum is held; lost, thinned and silence are lacking", () => {
  const own = frameSum(1);
  expect(judge({ state: "stored", checksum: own }, own)).toBe("held");
  expect(judge({ state: "expired", checksum: own }, own)).toBe("held");
  expect(judge({ state: "stored", checksum: frameSum(2) }, own)).toBe("conflict");
  expect(judge({ state: "thinned", checksum: own }, own)).toBe("lack");
  expect(judge({ state: "quarantined", checksum: noChecksum }, own)).toBe("quarantined");
  expect(judge({ state: "lost", checksum: noChecksum }, own)).toBe("lack");
  expect(judge(null, own)).toBe("lack");
});
