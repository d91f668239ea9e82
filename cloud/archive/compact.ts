import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { holds, minus, overlap } from "../../shared/wire/ranges.ts";
import type { Compaction } from "./compaction.ts";
import { type Damage, foundOf } from "./damage.ts";
import { type Dating, datingOf } from "./dating.ts";
import type { Definitions } from "./definitions.ts";
import { hourKey, hourOf } from "./hour.ts";
import { hourParts, type SpanLimits, takesPlace, widest } from "./hour-parts.ts";
import { latestOf } from "./latest-rows.ts";
import { type FrameEntry, type Merged, merge, placedAt, type Source } from "./merge.ts";
import { minuteRows, minutesKey, staleMinutes } from "./minute-rows.ts";
import { addedMinutes, type Minutes, minutesOf } from "./minutes.ts";
import type { Names } from "./names.ts";
import { placedColumns } from "./placed.ts";
import { ofRig } from "./rigs-aside.ts";
import { spanRows } from "./spans.ts";
import { spansHaving } from "./spans-having.ts";
import { openTailBatch, seqsOf, sourceOf, type TailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Readings that one pass takes at most: what a pass holds in memory, and about how long it lets a landing wait. */
const MOST_READINGS = 200_000;
/** A rig with so many waiting batches is looked at, however young they are; with so many of one hour, the hour is compacted before it is whole. */
const MANY = 96;
const MANY_OF_AN_HOUR = 200;
/** Hours that one pass takes at most; what is not whole in so few is decoded to know which hours it has. */
const MOST_HOURS = 500;
const FEW_HOURS = 24;

/** What must be known of a waiting batch to choose it. */
interface TailHead {
  no: number;
  epoch: number;
  counts: string | null;
  first: number;
  last: number;
  from: number;
  to: number;
  landed_at: number;
  readings: number;
}

/** Works out what waiting batches come to, oldest first, one rig at a time; reads only. */
export interface Compactor {
  /**
   * The next compaction that is due, null for none. Hours that may still grow wait, unless their batches landed before `settled`.
   * `busy`: rigs that are left out: whose last compaction is not applied yet, or which were set aside. Throws RigFailed where one rig's batches
   * do not let themselves be compacted; the next call goes on with the others.
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
  limits: SpanLimits = widest,
): Compactor {
  const waiting = db.prepare<[], number>("select count(*) from tail").pluck();
  const rigs = db.prepare<[], { rig: number; waiting: number; oldest: number }>(
    "select rig, count(*) as waiting, min(landed_at) as oldest from tail group by rig order by oldest",
  );
  const heads = db.prepare<[number], TailHead>(
    `select no, epoch, counts, first, last, from_received as "from", to_received as "to", landed_at, readings from tail where rig = ? order by no`,
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
  const dating = datingOf(db, findsHere);
  const parts = hourParts(db, spans, representation, limits);
  const minuteRowsOf = minuteRows(db, findsHere, spansHaving(db, definitions));
  /** Rigs that were found due and are not yet looked at. */
  let due: number[] = [];

  /** Compacts the hours that are whole, or have waited since before `settled`; null when there is none. */
  function compact(rig: number, settled: number): Compaction | null {
    hurt = false;
    const dated = dating(rig);
    const { hours, rows } = choose(rig, settled, dated);
    if (hours.size === 0 || hurt) return null;
    const batches = rows.flatMap((no): TailBatch[] => {
      const row = one.get(no);
      const batch = row === undefined ? null : openTailBatch(rig, row, definitions.dictionary, findsHere);
      return batch === null ? [] : [batch];
    });
    const compaction: Compaction = { rig, spans: [], segments: [], minutes: [], hours: [], latest: [], tails: [] };
    const sums = new Map<number, Minutes>();
    const stale = new Set<number>();
    const inHours = batches.map((batch) => ({ batch, hourOf: hoursIn(batch, dated) }));
    for (const hour of hours) {
      const sources = inHours
        .filter(({ hourOf, batch }) => batch.batch.times.receivedAt.some((_, f) => hourOf[f] === hour))
        .map(({ hourOf, batch }) => {
          const belongs = ({ seq }: FrameEntry) => hourOf[seq - batch.row.first] === hour;
          return sourceOf(batch, names.epochOf(batch.row.epoch), dated, belongs);
        })
        .filter(({ frames }) => frames.some((frame) => frame !== null));
      // What lies in one of a batch's hours may have gone before.
      if (sources.length === 0) continue;
      addHour(compaction, sums, stale, { key: hourKey(rig, hour), sources, dated });
    }
    if (hurt) return null;
    for (const [version, sum] of sums) {
      const { minutes, hours } = minuteRowsOf.added(version, sum);
      compaction.minutes.push(...minutes);
      compaction.hours.push(...hours);
    }
    for (const key of stale) compaction.minutes.push({ key, body: staleMinutes });
    compaction.tails = inHours.map(({ batch, hourOf }) => ({ no: batch.row.no, left: leftOf(batch, hours, hourOf) }));
    const changes = compaction.spans.length > 0 || compaction.tails.some(({ left }) => left === null);
    return changes ? compaction : null;
  }

  /** Which hours to compact, and the waiting batches that have frames of them. The newest hour of a rig may still grow. */
  function choose(rig: number, settled: number, dated: Dating): { hours: Set<number>; rows: number[] } {
    const touching = new Map<number, TailHead[]>();
    let work = 0;
    for (const head of heads.iterate(rig)) {
      const inside = hoursOfHead(rig, head, dated);
      if (inside.length === 0) continue;
      const more = Math.max(head.readings, head.last - head.first + 1);
      if (work > 0 && work + more > MOST_READINGS) break;
      work += more;
      for (const hour of inside) {
        const heads = touching.get(hour);
        if (heads === undefined) touching.set(hour, [head]);
        else heads.push(head);
      }
    }
    const inOrder = [...touching].sort(([one], [other]) => one - other);
    const newest = inOrder.at(-1)?.[0];
    const hours = new Set<number>();
    const rows = new Set<number>();
    // What lies further on waits for the next pass.
    for (const [hour, batches] of inOrder.slice(0, MOST_HOURS)) {
      if (hour === newest && mayWait(rig, hour, batches, settled)) continue;
      hours.add(hour);
      for (const head of batches) rows.add(head.no);
    }
    return { hours, rows: [...rows].sort((x, y) => x - y) };
  }

  /** The hour (from 2000 on) in which each frame of a batch was made; NaN for one that waits to be dated. */
  function hoursIn({ batch, row }: TailBatch, dated: Dating): Float64Array {
    const epoch = names.epochOf(row.epoch);
    const shifts = dated.shifts(epoch, batch.times, (f) => row.first + f);
    return batch.times.receivedAt.map((receivedAt, f) => {
      const shift = shifts?.[f] ?? 0;
      if (Number.isNaN(shift) && dated.waits(epoch, row.first + f)) return Number.NaN;
      return hourOf(placedAt({ receivedAt, shift }));
    });
  }

  /** A batch that spans many hours lies in few of them, where a clock was set, and what waits to be dated in none: its frames tell. */
  function hoursOfHead(rig: number, head: TailHead, dated: Dating): number[] {
    const unknown = dated.of(names.epochOf(head.epoch)).filter((stretch) => overlap(stretch, head));
    const undated = unknown.filter(({ anchor }) => anchor === null);
    const waits = undated.filter(({ over }) => !over);
    if (minus(seqsOf(head), waits).length === 0) return [];
    const [first, last] = [hourOf(head.from), hourOf(head.to)];
    if (undated.length === 0 && last - first < FEW_HOURS)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const row = one.get(head.no);
    const batch = row === undefined ? null : openTailBatch(rig, row, definitions.dictionary, findsHere);
    if (batch === null) return [];
    const hours = hoursIn(batch, dated).filter((hour, f) => !Number.isNaN(hour) && holds(batch.ranges, head.first + f));
    return [...new Set(hours)];
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
    { key, sources, dated }: { key: number; sources: readonly Source[]; dated: Dating },
  ): void {
    const added = merge(sources, representation);
    const keys = parts.touched(key, added);
    const before = keys.flatMap((part) => {
      const span = spans.load(part, spans.versionsIn(part), dated);
      if (span !== null && !hurt && !spans.proves(part, span)) findsHere({ type: "span", span: part });
      return span ?? [];
    });
    if (hurt) return;
    const all = before.length === 0 ? added : merge([...before, ...sources], representation);
    const rows = parts.encode(key, keys, all);
    to.spans.push(...rows.spans);
    to.segments.push(...rows.segments);
    to.latest.push(...latestOf(added, (frame) => names.epochNo(to.rig, frame.epoch), representation));
    const { starts } = added.columns;
    const readings = placedColumns(added);
    // Where frames take the place of others, what the others added to the summaries is not known any more.
    const replaced = before.filter((span) => takesPlace(span, added));
    if (replaced.length > 0) {
      const both = [added, ...replaced.map((span) => merge([span], representation))];
      for (const merged of both) markStale(stale, merged);
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
      const no = rig;
      const compaction = busy.has(no) ? null : ofRig(no, () => compact(no, settled));
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

/** The rows of all days that these readings lie in. */
function markStale(stale: Set<number>, merged: Merged): void {
  const { versions, columns } = merged;
  const { starts } = columns;
  const readings = placedColumns(merged);
  for (const [i, version] of versions.entries()) {
    for (let r = starts[i] ?? 0; r < (starts[i + 1] ?? 0); r++) {
      const at = readings.at[r] ?? Number.NaN;
      if (Number.isFinite(at)) stale.add(minutesKey(version, at));
    }
  }
}

/** JSON of the seqs of a batch that lie in other hours or in none yet; null where none does. `hourOf` has one a frame. */
function leftOf({ row, ranges }: TailBatch, hours: ReadonlySet<number>, hourOf: Float64Array): string | null {
  const left: SeqRange[] = [];
  for (const [f, hour] of hourOf.entries()) {
    const seq = row.first + f;
    if (hours.has(hour) || !holds(ranges, seq)) continue;
    const before = left.at(-1);
    if (before?.last === seq - 1) before.last = seq;
    else left.push({ first: seq, last: seq });
  }
  return left.length === 0 ? null : JSON.stringify(left);
}
