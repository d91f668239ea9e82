import { EpochRecord } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame } from "../../shared/wire/frame.ts";
import { type SeqRange, streams } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { DamagedFile } from "./damaged-file.ts";
import { intervalsOf } from "./intervals.ts";
import { soundSql, soundTold } from "./note-seals.ts";
import { openLastSeq } from "./opening.ts";
import { baseOf, bodyBytes, MOST_SEQ, partsOf } from "./schema.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Epochs of which the record reads, from the table or from the first frame of their events. Gives their numbers. */
export function readEpochs(db: Sqlite, file: DamagedFile): number[] {
  const insert = db.prepare("insert or ignore into epoch (no, id, record, told) values (?, ?, ?, ?)");
  const idOf = db.prepare<[number], string>("select id from epoch where no = ?").pluck();
  const rows = file.rows<{ no: number; id: string; record: string; told: string | null }>(
    `select no, id, record, case when ${soundTold} then told end as told from epoch where ${soundSql("epoch")}`,
    "no",
  );
  const byNo = new Map(rows.map((row) => [row.no, row]));
  const most = mostEpochs(file);
  const numbers: number[] = [];
  for (let no = 1; no <= most; no++) {
    const row = byNo.get(no);
    let record = row === undefined ? null : recordIn(row.record);
    if (record === null || record.epoch !== row?.id) record = recordOfFrame(file, no);
    if (record === null) continue;
    const toldBy = row?.told !== undefined && row.told !== null && /^[0-9a-f]{16}$/.test(row.told) ? row.told : null;
    insert.run(no, record.epoch, JSON.stringify(record), toldBy);
    // Frames under a number that another run has would be taken for that one's.
    if (idOf.get(no) === record.epoch) numbers.push(no);
  }
  return numbers;
}

/** Epochs that may hide where the evidence does not read. */
const HIDDEN = 2 ** 16;
const MOST = 2 ** 19;

/** The greatest number that an epoch has by any evidence that still reads. */
function mostEpochs(file: DamagedFile): number {
  return Math.min(MOST, Math.max(0, ...evidenceOf(file).map((no) => no ?? 0)));
}

/** A number above which the file has no epoch, also where not all evidence reads. */
export function aboveEpochs(file: DamagedFile): number {
  return Math.min(MOST, mostEpochs(file) + (evidenceOf(file).includes(undefined) ? HIDDEN : 0));
}

/** The greatest number of an epoch in each table that knows them; undefined where it does not read. */
function evidenceOf(file: DamagedFile): (number | undefined)[] {
  const keys = [
    "select coalesce(max(key), 0) from frame",
    "select coalesce(max(last), 0) from span",
    "select coalesce(max(last), 0) from gone",
    "select coalesce(max(last), 0) from freed",
    "select coalesce(max(key), 0) from dictionary_from",
  ].map((sql) => file.one<number>(sql));
  return [
    file.one<number>("select coalesce(max(no), 0) from epoch"),
    ...keys.map((key) => (typeof key === "number" ? partsOf(key).epochNo : undefined)),
  ];
}

function recordIn(json: string): EpochRecord | null {
  try {
    return EpochRecord.parse(JSON.parse(json));
  } catch {
    return null;
  }
}

function recordOfFrame(file: DamagedFile, no: number): EpochRecord | null {
  const body = file.one<Buffer>(`select ${bodyBytes} from frame where key = ?`, baseOf(no, "events") + 1);
  const [first] = body === undefined ? [] : (eventsIn(body) ?? []);
  return first?.type === "epoch" ? first : null;
}

/** The events of a frame; null where it is not what was written. */
export function eventsIn(body: Uint8Array) {
  return unlessBroken(() => decodeEvents(decodeEventsFrame(body).json));
}

/** What was freed and what had gone. */
export function readStatements(db: Sqlite, file: DamagedFile, numbers: readonly number[]): void {
  const known = new Set(numbers);
  const isOurs = ({ first, last }: SeqRange): boolean => {
    const { epochNo, base } = partsOf(first);
    return known.has(epochNo) && first > base && last >= first && last <= base + MOST_SEQ;
  };
  const gone = intervalsOf(db, "gone");
  const putGone = db.prepare("insert or ignore into gone (first, last, a, b, evicted) values (?, ?, ?, ?, ?)");
  for (const row of file.rows<SeqRange & { a: number; b: number; evicted: number }>(
    `select first, last, a, b, evicted from gone where ${soundSql("gone")}`,
    "first",
  )) {
    if (isOurs(row) && gone.within(row.first, row.last).length === 0)
      putGone.run(row.first, row.last, row.a, row.b, row.evicted);
  }
  const freed = intervalsOf(db, "freed");
  for (const row of file
    .rows<SeqRange>(`select first, last from freed where ${soundSql("freed")}`, "first")
    .filter(isOurs)) {
    for (const { first, last } of minus([row], gone.within(row.first, row.last))) freed.add(first, last);
  }
}

/** The last seq that a stream gave, by any evidence: its rows, what was freed or went, and what the next run noted of it. */
export function lastSeqsOf(db: Sqlite, file: DamagedFile): (base: number) => number {
  const known = openLastSeq(db);
  const noted = new Map<number, number>();
  const epochs = db.prepare<[], { no: number; id: string; record: string }>("select no, id, record from epoch").all();
  const numberOf = new Map(epochs.map(({ no, id }) => [id, no]));
  for (const { record } of epochs) {
    const predecessor = recordIn(record)?.predecessor;
    if (predecessor === null || predecessor === undefined || predecessor === "unknown") continue;
    const no = numberOf.get(predecessor.epoch);
    if (no !== undefined) for (const stream of streams) noted.set(baseOf(no, stream), predecessor.last[stream]);
  }
  const freed = db
    .prepare<[number, number], number | null>("select max(last) from freed where first between ? and ?")
    .pluck();
  return (base) => {
    const range: [number, number] = [base + 1, base + MOST_SEQ];
    const keys = [
      file.one<number | null>("select max(key) from frame where key between ? and ?", ...range),
      file.one<number | null>("select max(last) from span where first between ? and ?", ...range),
      file.one<number | null>("select max(frame) from definition where frame between ? and ?", ...range),
      freed.get(...range),
    ];
    const seqs = keys.map((key) => Math.min(MOST_SEQ, (key ?? base) - base));
    return Math.max(known(base), noted.get(base) ?? 0, ...seqs);
  };
}
