import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { holds } from "../../shared/wire/ranges.ts";
import type { Compaction } from "./compaction.ts";
import { type Damage, foundOf } from "./damage.ts";
import type { Definitions } from "./definitions.ts";
import { hourKey, hourOf } from "./hour.ts";
import { latestOf } from "./latest-rows.ts";
import { type Merged, merge, type Source } from "./merge.ts";
import { minuteRows, minutesKey, staleMinutes } from "./minute-rows.ts";
import { addedMinutes, type Minutes, minutesOf } from "./minutes.ts";
import type { Names } from "./names.ts";
import { spanRows } from "./spans.ts";
import { spansHaving } from "./spans-having.ts";
import { openTailBatch, sourceOf, type TailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Readings that one pass takes at most: what a pass holds in memory, and about how long it lets a landing wait. */
const MOST_READINGS = 200_000;
/** A rig with so many waiting batches is looked at, however young they are; with so many of one hour, the hour is compacted before it is whole. */
const MANY = 96;
const MANY_OF_AN_HOUR = 200;
/** Hours that one batch is looked for in; what lies further on waits for the next pass. */
const MOST_HOURS = 500;

/** What must be known of a waiting batch to choose it. */
interface TailHead {
  no: number;
  from: number;
  to: number;
  landed_at: number;
  readings: number;
}

/** Works out what waiting batches come to, oldest first, one rig at a time; reads only. */
export interface Compactor {
  /**
   * The next compaction that is due, null for none. Hours that may still grow wait, unless their batches landed before `settled`.
   * `busy`: rigs whose last compaction is not applied yet.
   */
  next(settled: number, busy?: ReadonlySet<number>): Compaction | null;
  /** How many batches wait. */
  waiting(): number;
}

/** `finds` hears of what is not as it was written: what would be made of it is not made, until it is mended. */
export function compactorOf(
  db: Sqlite,
  names: Names,
  definitions: Definitions,
  finds: (damage: Damage) => void,
): Compactor {
  const waiting = db.prepare<[], number>("select count(*) from tail").pluck();
  const rigs = db.prepare<[], { rig: number; waiting: number; oldest: number }>(
    "select rig, count(*) as waiting, min(landed_at) as oldest from tail group by rig order by oldest",
  );
  const heads = db.prepare<[number], TailHead>(
    `select no, from_received as "from", to_received as "to", landed_at, readings from tail where rig = ? order by no`,
  );
  const readingsOf = db.prepare<[number], number>("select readings from span where key = ?").pluck();
  const one = db.prepare<[number], TailRow>(`select ${tailColumns} from tail where no = ?`);
  const { representation } = definitions;
  /** Something was found in what is being compacted. */
  let hurt = false;
  const found = foundOf(finds);
  const findsHere = (damage: Damage) => {
    hurt ||= damage.type !== "minutes";
    found.finds(damage);
  };
  const spans = spanRows(db, names.epochNo, definitions.version, findsHere);
  const minuteRowsOf = minuteRows(db, findsHere, spansHaving(db, definitions));
  /** Rigs that were found due and are not yet looked at. */
  let due: number[] = [];

  /** Compacts the hours that are whole, or have waited since before `settled`; null when there is none. */
  function compact(rig: number, settled: number): Compaction | null {
    const { hours, rows } = choose(rig, settled);
    if (hours.size === 0) return null;
    hurt = false;
    const batches = rows.flatMap((no): TailBatch[] => {
      const row = one.get(no);
      const batch = row === undefined ? null : openTailBatch(rig, row, definitions.dictionary, findsHere);
      return batch === null ? [] : [batch];
    });
    const compaction: Compaction = { rig, spans: [], segments: [], minutes: [], hours: [], latest: [], tails: [] };
    const sums = new Map<number, Minutes>();
    const stale = new Set<number>();
    for (const hour of hours) {
      const belongs = (receivedAt: number) => hourOf(receivedAt) === hour;
      const sources = batches
        .filter(({ batch }) => batch.times.receivedAt.some(belongs))
        .map((batch) => sourceOf(batch, names.epochOf(batch.row.epoch), belongs))
        .filter(({ frames }) => frames.some((frame) => frame !== null));
      addHour(compaction, sums, stale, hourKey(rig, hour), sources);
    }
    if (hurt) return null;
    for (const [version, sum] of sums) {
      const { minutes, hours } = minuteRowsOf.added(version, sum);
      compaction.minutes.push(...minutes);
      compaction.hours.push(...hours);
    }
    for (const key of stale) compaction.minutes.push({ key, body: staleMinutes });
    compaction.tails = batches.map((batch) => ({ no: batch.row.no, left: leftOf(batch, hours) }));
    return compaction;
  }

  /** Which hours to compact, and the waiting batches that have frames of them. The newest hour of a rig may still grow. */
  function choose(rig: number, settled: number): { hours: Set<number>; rows: number[] } {
    const touching = new Map<number, TailHead[]>();
    let readings = 0;
    for (const head of heads.iterate(rig)) {
      if (readings > 0 && readings + head.readings > MOST_READINGS) break;
      readings += head.readings;
      const last = hourOf(head.to);
      // A batch that spans many hours lies in few of them: its frames tell, once it is decoded.
      for (let hour = hourOf(head.from); hour <= last && hour < hourOf(head.from) + MOST_HOURS; hour++) {
        touching.set(hour, [...(touching.get(hour) ?? []), head]);
      }
    }
    const newest = Math.max(...touching.keys());
    const hours = new Set<number>();
    const rows = new Set<number>();
    for (const [hour, batches] of touching) {
      if (hour === newest && mayWait(rig, hour, batches, settled)) continue;
      hours.add(hour);
      for (const head of batches) rows.add(head.no);
    }
    return { hours, rows: [...rows].sort((x, y) => x - y) };
  }

  /** Writing an hour means writing all of it anew: while much comes in, it waits until that is worth it. */
  function mayWait(rig: number, hour: number, batches: readonly TailHead[], settled: number): boolean {
    if (batches.some((head) => head.landed_at <= settled)) return false;
    const readings = batches.reduce((sum, head) => sum + head.readings, 0);
    return batches.length < MANY_OF_AN_HOUR || readings < (readingsOf.get(hourKey(rig, hour)) ?? 0);
  }

  function addHour(
    to: Compaction,
    sums: Map<number, Minutes>,
    stale: Set<number>,
    key: number,
    sources: readonly Source[],
  ): void {
    const added = merge(sources, representation);
    const before = spans.load(key, spans.versionsIn(key));
    if (before !== null && !hurt && !spans.proves(key, before)) findsHere({ type: "span", span: key });
    if (hurt) return;
    const { span, segments } = spans.encode(key, before === null ? added : merge([before, ...sources], representation));
    to.spans.push(span);
    to.segments.push(...segments);
    to.latest.push(...latestOf(added, (frame) => names.epochNo(to.rig, frame.epoch), representation));
    const { readings, starts } = added.columns;
    // Where frames take the place of others, what the others added to the summaries is not known any more.
    if (before !== null && takesPlace(before, added)) {
      for (const { versions, columns } of [added, merge([before], representation)]) markStale(stale, versions, columns);
    }
    for (const [i, version] of added.versions.entries()) {
      const as = representation(version);
      if (as === "text") continue;
      const minutes = minutesOf(readings, starts[i] ?? 0, starts[i + 1] ?? 0, as);
      const sum = sums.get(version);
      sums.set(version, sum === undefined ? minutes : addedMinutes(sum, minutes));
    }
  }

  function nextDue(settled: number, busy: ReadonlySet<number>): Compaction | null {
    if (due.length === 0) {
      const found = rigs.all().filter(({ waiting, oldest }) => waiting >= MANY || oldest <= settled);
      due = found.map(({ rig }) => rig);
    }
    for (let rig = due.shift(); rig !== undefined; rig = due.shift()) {
      const compaction = busy.has(rig) ? null : compact(rig, settled);
      if (compaction !== null) return compaction;
    }
    return null;
  }

  const read = db.transaction(nextDue);
  return {
    next: (settled, busy = new Set()) => read.deferred(settled, busy),
    waiting: () => waiting.get() ?? 0,
  };
}

function takesPlace(before: Source, { frames }: Merged): boolean {
  const names = new Set(before.frames.map((frame) => frame && `${frame.epoch}${frame.seq}`));
  return frames.some(({ epoch, seq }) => names.has(`${epoch}${seq}`));
}

/** The rows of all days that these readings lie in. */
function markStale(stale: Set<number>, versions: readonly number[], { readings, starts }: Merged["columns"]): void {
  for (const [i, version] of versions.entries()) {
    for (let r = starts[i] ?? 0; r < (starts[i + 1] ?? 0); r++) {
      const at = readings.at[r] ?? Number.NaN;
      if (Number.isFinite(at)) stale.add(minutesKey(version, at));
    }
  }
}

/** JSON of the seqs of a batch that lie in other hours; null where none does. */
function leftOf({ row, batch, ranges }: TailBatch, hours: ReadonlySet<number>): string | null {
  const left: SeqRange[] = [];
  for (const [f, receivedAt] of batch.times.receivedAt.entries()) {
    const seq = row.first + f;
    if (hours.has(hourOf(receivedAt)) || !holds(ranges, seq)) continue;
    const before = left.at(-1);
    if (before?.last === seq - 1) before.last = seq;
    else left.push({ first: seq, last: seq });
  }
  return left.length === 0 ? null : JSON.stringify(left);
}
