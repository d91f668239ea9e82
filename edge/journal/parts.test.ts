import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { teachNoteSeals } from "./note-seals.ts";
import type { Segment } from "./packed.ts";
import { openParts } from "./parts.ts";
import { migrations } from "./schema.ts";

function open() {
  const db = new Database(":memory:");
  teachNoteSeals(db);
  for (const migrate of migrations) migrate(db);
  return { db, parts: openParts(db) };
}

const plain = ({ tag, body }: Segment) => ({ tag, body: [...body] });

test("each segment comes out again as it went in, alone and with the others, and tags without one have none", () => {
  const sizes = fc.dictionary(
    fc.integer({ min: 0, max: 20_000 }).map(String),
    fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 70_000 })),
    { maxKeys: 12 },
  );
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 20_000 }), (lengths, other) => {
      const { db, parts } = open();
      const segments = Object.entries(lengths)
        .map(([tag, length]) => ({ tag: Number(tag), body: new Uint8Array(length).fill(Number(tag) % 251) }))
        .sort((a, b) => a.tag - b.tag);
      parts.store(7, [{ tag: other, body: Uint8Array.of(1, 2, 3) }]);
      parts.store(8, segments);
      expect(parts.of(8).map(plain)).toEqual(segments.map(plain));
      for (const { tag, body } of segments) expect([...(parts.find(8, tag) ?? [])]).toEqual([...body]);
      if (!(other in lengths)) expect(parts.find(8, other)).toBeNull();
      parts.remove(8);
      expect(parts.of(8)).toEqual([]);
      expect(parts.of(7)).toHaveLength(1);
      db.close();
    }),
    { numRuns: 50 },
  );
});

test("who wants one tag of thousands reads one part of some tens of kilobytes", () => {
  const { db, parts } = open();
  parts.store(
    1,
    Array.from({ length: 5_000 }, (_, tag) => ({ tag, body: new Uint8Array(60).fill(tag % 251) })),
  );
  const longest = db.prepare<[], number>("select max(length(body)) from part").pluck().get() ?? 0;
  expect(longest).toBeGreaterThan(30_000);
  expect(longest).toBeLessThan(40_000);
  expect(parts.find(1, 4_321)?.[0]).toBe(4_321 % 251);
  db.close();
});
