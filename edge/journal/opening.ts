import { z } from "zod";
import { EpochRecord } from "../../shared/domain/event.ts";
import { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { EpochSum } from "../../shared/wire/chain.ts";
import { decodeFrameHead } from "../../shared/wire/frame.ts";
import { type SeqRange, type Stream, streams } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { EpochFacts, Note, OwedRun } from "../../shared/wire/sender-facts.ts";
import { parsed } from "./damage.ts";
import { openDefinitions } from "./definitions.ts";
import type { Opening } from "./frames.ts";
import { intervalsOf } from "./intervals.ts";
import { baseOf, bodyBytes, epochNumbers, MOST_SEQ, partsOf } from "./schema.ts";
import { unlessBroken } from "./unless-broken.ts";

const AnswerNote: z.ZodType<Note> = z.object({ incarnation: Id, number: z.number().int().nonnegative() });

/** What stands in the file before this run writes to it; the run is named as the one that runs, after the last one on the disk. */
export function readOpening(db: Sqlite, running: Id): Opening {
  const definitions = openDefinitions(db);
  const factsOf = openEpochFacts(db);
  const rows = db.prepare<[], { no: number; id: Id }>("select no, id from epoch order by no").all();
  const epochs = rows.map(({ id }) => factsOf(id));
  const before = epochs.findLast((each) => each.epoch !== running && !each.moved);
  // What a damaged file gave last can only be guessed.
  const isUnsure = openUnsure(db)(rows.find(({ id }) => id === before?.epoch)?.no ?? 0);
  const fresh: EpochFacts = {
    epoch: running,
    predecessor: isUnsure ? "unknown" : before === undefined ? null : { epoch: before.epoch, last: before.last },
    last: { telemetry: 0, events: 0 },
    kept: { telemetry: [], events: [] },
    thinned: [],
    told: null,
    moved: false,
  };
  const begun = epochs.some((each) => each.epoch === running);
  return {
    facts: {
      running,
      epochs: [...epochs, ...(begun ? [] : [fresh])],
      owed: openOwed(db)(),
      dictionaries: definitions.dictionaries(),
      note: readNote(db),
    },
    defined: definitions.hashes(),
    openAlarms: definitions.openAlarms(),
    tags: definitions.newestTags(),
    dictionary: definitions.newestDictionary(),
    last: lastTime(db, rows.find(({ id }) => id === before?.epoch)?.no ?? null),
  };
}

/** When the newest frame of an epoch (by its number) closed that is not packed. */
function lastTime(db: Sqlite, no: number | null): Opening["last"] {
  if (no === null) return null;
  const boot = db
    .prepare<[number], string | null>("select record ->> '$.boot' from epoch where no = ?")
    .pluck()
    .get(no);
  const newest = db
    .prepare<[number, number], Uint8Array>(
      `select ${bodyBytes} from frame where key between ? and ? order by key desc limit 1`,
    )
    .pluck();
  const times = streams.flatMap((stream) => {
    const base = baseOf(no, stream);
    const body = newest.get(base + 1, base + MOST_SEQ);
    return (body === undefined ? null : unlessBroken(() => decodeFrameHead(body))) ?? [];
  });
  if (typeof boot !== "string" || times.length === 0) return null;
  const { receivedAt, mono, clock } = times.reduce((one, other) => (other.mono > one.mono ? other : one));
  return { boot, time: { receivedAt, mono, clock } };
}

/** What the sender wants to know of an epoch of this file. */
export function openEpochFacts(db: Sqlite): (epoch: Id) => EpochFacts {
  const row = db.prepare<[Id], { no: number; record: string; told: string | null }>(
    "select no, record, told from epoch where id = ?",
  );
  const lastSeq = openLastSeq(db);
  const gone = db.prepare<[number, number], SeqRange>(
    "select first, last from gone where first between ? and ? order by first",
  );

  const thinned = intervalsOf(db, "thinned");
  function thinnedOf(base: number): SeqRange[] {
    return thinned
      .within(base + 1, base + MOST_SEQ)
      .map(({ first, last }) => ({ first: first - base, last: last - base }));
  }

  function streamFacts(base: number): { last: number; kept: SeqRange[] } {
    const last = lastSeq(base);
    const ranges = gone.all(base + 1, base + MOST_SEQ).map((range) => ({
      first: range.first - base,
      last: range.last - base,
    }));
    return { last, kept: last === 0 ? [] : minus([{ first: 1, last }], ranges) };
  }

  return (epoch) => {
    const found = row.get(epoch);
    if (found === undefined) throw new Error(`epoch ${epoch} is not in this journal`);
    const { predecessor, movedFrom } = parsed(EpochRecord, found.record, `the record of epoch ${found.no}`);
    const [telemetry, events] = [streamFacts(baseOf(found.no, "telemetry")), streamFacts(baseOf(found.no, "events"))];
    return {
      epoch,
      predecessor,
      last: { telemetry: telemetry.last, events: events.last },
      kept: { telemetry: telemetry.kept, events: events.kept },
      thinned: thinnedOf(baseOf(found.no, "telemetry")),
      // Written by the settlement alone, from the same type.
      told: found.told === null ? null : (JSON.parse(found.told) as EpochSum),
      moved: movedFrom !== undefined,
    };
  };
}

/** The last seq that was given in the stream with this base: 0 if none, whatever was deleted since. */
export function openLastSeq(db: Sqlite): (base: number) => number {
  const kept = db.prepare<[number, number], number | null>("select max(key) from frame where key between ? and ?");
  const gone = db.prepare<[number, number], number | null>("select max(last) from gone where first between ? and ?");
  const packed = db.prepare<[number, number], number | null>("select max(last) from span where first between ? and ?");
  for (const statement of [kept, gone, packed]) statement.pluck();
  return (base) => {
    const range: [number, number] = [base + 1, base + MOST_SEQ];
    return Math.max(...[kept, gone, packed].map((statement) => statement.get(...range) ?? base)) - base;
  };
}

/** The frames that are owed, or that are owed within an interval of keys, as runs under one dictionary. */
export function openOwed(db: Sqlite): (within?: { first: number; last: number }) => OwedRun[] {
  const numbers = epochNumbers(db);
  const lastSeq = openLastSeq(db);
  const freed = intervalsOf(db, "freed");
  const gone = intervalsOf(db, "gone");
  const epochNos = db.prepare<[], number>("select no from epoch order by no").pluck();
  const starts = db.prepare<[number, number], { key: number; hash: Id }>(
    "select key, hash from dictionary_from where key between ? and ? order by key",
  );
  const foundations = db
    .prepare<[number, number], number>(
      "select distinct frame from definition where frame between ? and ? order by frame",
    )
    .pluck();

  function owedOf(base: number, within: { first: number; last: number }): SeqRange[] {
    const first = Math.max(base + 1, within.first);
    const last = Math.min(base + lastSeq(base), within.last);
    if (first > last) return [];
    return minus([{ first, last }], [...freed.within(first, last), ...gone.within(first, last)]);
  }

  /** Cuts keys into runs that have one label each. */
  function runsOf(base: number, owed: SeqRange): OwedRun[] {
    const { epochNo, stream } = partsOf(base);
    const epoch = numbers.epochOf(epochNo);
    const run = (first: number, last: number, dictionary: Id | null, foundation: boolean): OwedRun => ({
      epoch,
      stream,
      first: first - base,
      last: last - base,
      dictionary,
      foundation,
    });
    if (stream === "events") {
      const marked = new Set([base + 1, ...foundations.all(owed.first, owed.last)]);
      return pieces(owed, (key) => marked.has(key)).map(([piece, is]) => run(piece.first, piece.last, null, is));
    }
    const from = starts.all(base, owed.last);
    return from.flatMap(({ key, hash }, i) => {
      const first = Math.max(key, owed.first);
      const last = Math.min((from[i + 1]?.key ?? Number.POSITIVE_INFINITY) - 1, owed.last);
      return first <= last ? [run(first, last, hash, false)] : [];
    });
  }

  return (within = { first: 0, last: Number.MAX_SAFE_INTEGER }) =>
    epochNos.all().flatMap((no) =>
      (["events", "telemetry"] as const satisfies readonly Stream[]).flatMap((stream) => {
        const base = baseOf(no, stream);
        return owedOf(base, within).flatMap((range) => runsOf(base, range));
      }),
    );
}

function pieces<T>(range: SeqRange, labelOf: (key: number) => T): [SeqRange, T][] {
  const list: [SeqRange, T][] = [];
  for (let key = range.first; key <= range.last; key++) {
    const label = labelOf(key);
    const before = list.at(-1);
    if (before !== undefined && before[1] === label) before[0].last = key;
    else list.push([{ first: key, last: key }, label]);
  }
  return list;
}

/** Whether an epoch with this number, or none (0), comes from a file that was damaged. */
function openUnsure(db: Sqlite): (no: number) => boolean {
  const most = db.prepare<[], string>("select value from note where name = 'epochs before'").pluck().get();
  return (no) => most !== undefined && no <= Number(most);
}

function readNote(db: Sqlite): Note | null {
  const value = db.prepare<[], string>("select value from note where name = 'answer'").pluck().get();
  return value === undefined ? null : parsed(AnswerNote, value, "the note of the last answer");
}
