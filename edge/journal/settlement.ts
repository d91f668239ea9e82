import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { sameChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";
import type { DictionaryFacts, Note, OwedRun } from "../../shared/wire/sender-facts.ts";
import { unlessBroken } from "./broken.ts";
import { openDefinitions } from "./definitions.ts";
import { intervalsOf } from "./intervals.ts";
import { openOwed } from "./opening.ts";
import { baseOf, epochNumbers } from "./schema.ts";
import { openSpanFrames } from "./span-frames.ts";
import { openSpans } from "./spans.ts";

/** What a receipt or answer changes: the sender's effects that store, in its order. */
export type Change =
  | { type: "free"; epoch: Id; stream: Stream; ranges: SeqRange[]; checksum: Checksum }
  | { type: "unfree"; epoch: Id; stream: Stream; ranges: SeqRange[] }
  | { type: "note"; note: Note; told: Id[] };

/** What came of it: the sender's events, without the time. */
export type Settled =
  | { type: "freed" | "differs"; epoch: Id; stream: Stream; ranges: SeqRange[] }
  | { type: "unfreed"; runs: OwedRun[]; dictionaries: DictionaryFacts[] };

/** Applies changes; those of epochs that the journal does not know come to nothing. Calls belong inside a transaction. */
export function openSettlement(db: Sqlite): (changes: readonly Change[]) => Settled[] {
  const numbers = epochNumbers(db);
  const freed = intervalsOf(db, "freed");
  const owed = openOwed(db);
  const definitions = openDefinitions(db);
  const sumOf = openSum(db);
  const setNote = db.prepare(
    "insert into note (name, value) values ('answer', ?) on conflict (name) do update set value = excluded.value",
  );
  const setTold = db.prepare("update epoch set told = ? where id = ?");

  function keysOf(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): SeqRange[] {
    const base = baseOf(numbers.numberOf(epoch), stream);
    return ranges.map((range) => ({ first: base + range.first, last: base + range.last }));
  }

  function settleOne(change: Change): Settled[] {
    if (change.type === "note") {
      setNote.run(JSON.stringify(change.note));
      for (const epoch of change.told) setTold.run(change.note.incarnation, epoch);
      return [];
    }
    const { epoch, stream, ranges } = change;
    if (!numbers.has(epoch)) return [];
    const keys = keysOf(epoch, stream, ranges);
    if (change.type === "unfree") {
      for (const { first, last } of keys) freed.remove(first, last);
      return [{ type: "unfreed", runs: keys.flatMap(owed), dictionaries: definitions.dictionaries() }];
    }
    const sum = sumOf(keys);
    if (sum === null || !sameChecksum(sum, change.checksum)) return [{ type: "differs", epoch, stream, ranges }];
    for (const { first, last } of keys) freed.add(first, last);
    return [{ type: "freed", epoch, stream, ranges }];
  }

  return (changes) => changes.flatMap(settleOne);
}

/**
 * The sum of the checksums of all frames in these intervals of keys; null if one is neither on the disk nor noted as gone within a whole range, or
 * lies in a span that does not read.
 */
function openSum(db: Sqlite): (keys: readonly SeqRange[]) => Checksum | null {
  const spans = openSpans(db);
  const spanFrames = openSpanFrames(db);
  const sums = "coalesce(sum(a), 0) as a, coalesce(sum(b), 0) as b";
  type Sum = { frames: number; a: number; b: number };
  const rows = db.prepare<[number, number], Sum>(
    `select count(*) as frames, ${sums} from frame where key between ? and ?`,
  );
  const gone = db.prepare<[number, number], Sum>(
    `select coalesce(sum(last - first + 1), 0) as frames, ${sums} from gone where first >= ? and last <= ?`,
  );

  function packed({ first, last }: SeqRange): Sum[] | null {
    const found: Sum[] = [];
    for (const span of spans.touching(first, last)) {
      const [from, to] = [Math.max(first, span.first), Math.min(last, span.last)];
      const isWhole = from === span.first && to === span.last;
      const sum = isWhole ? span : unlessBroken(() => spanFrames.sum(span, from, to));
      if (sum === null) return null;
      found.push({ frames: to - from + 1, a: sum.a, b: sum.b });
    }
    return found;
  }

  return (keys) => {
    let [a, b] = [0, 0];
    for (const { first, last } of keys) {
      const inSpans = packed({ first, last });
      if (inSpans === null) return null;
      let missing = last - first + 1;
      for (const part of [rows.get(first, last), gone.get(first, last), ...inSpans]) {
        missing -= part?.frames ?? 0;
        a = (a + (part?.a ?? 0)) % 2 ** 32;
        b = (b + (part?.b ?? 0)) % 2 ** 32;
      }
      if (missing !== 0) return null;
    }
    return { a, b };
  };
}
