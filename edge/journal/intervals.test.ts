import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { intervalsOf } from "./intervals.ts";
import { teachNoteSeals } from "./note-seals.ts";
import { baseOf, migrations, partsOf } from "./schema.ts";

test("intervals hold exactly what was added and not removed since, and never touch", () => {
  const change = fc.record({
    add: fc.boolean(),
    first: fc.integer({ min: 0, max: 60 }),
    more: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const db = new Database(":memory:");
      teachNoteSeals(db);
      for (const migrate of migrations) migrate(db);
      const intervals = intervalsOf(db, "freed");
      const model = new Set<number>();
      for (const { add, first, more } of changes) {
        if (add) intervals.add(first, first + more);
        else intervals.remove(first, first + more);
        for (let n = first; n <= first + more; n++)
          if (add) model.add(n);
          else model.delete(n);
      }
      const list = intervals.within(0, 100);
      const members = list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
      expect(members).toEqual([...model].sort((a, b) => a - b));
      for (const [i, { first }] of list.entries()) expect(first).toBeGreaterThan((list[i - 1]?.last ?? -2) + 1);
      db.close();
    }),
  );
});

test("a key tells its epoch, stream and seq, up to the last seq", () => {
  const parts = fc.record({
    epochNo: fc.integer({ min: 1, max: 1_000_000 }),
    stream: fc.constantFrom("telemetry" as const, "events" as const),
    seq: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  });
  fc.assert(
    fc.property(parts, ({ epochNo, stream, seq }) => {
      const base = baseOf(epochNo, stream);
      expect(partsOf(base + seq)).toEqual({ epochNo, stream, seq, base });
    }),
  );
});
