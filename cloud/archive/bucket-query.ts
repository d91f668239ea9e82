import type { Id } from "../../shared/domain/id.ts";
import { engineering, type Kind } from "../../shared/domain/tag.ts";
import { addMinutes, addReadings, type Buckets, bucketsOf } from "./buckets.ts";
import type { Definitions } from "./definitions.ts";
import type { TagBuckets } from "./history.ts";
import { MINUTE } from "./hour.ts";
import type { DayOfMinutes, MinuteRows } from "./minute-rows.ts";
import type { ReadingRows } from "./reading.ts";

/** Lengths that people read easily, in ms; beyond the last, whole days. */
const handySteps = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1_000,
  2_000,
  5_000,
  10_000,
  15_000,
  20_000,
  30_000,
  ...[1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1_440].map((minutes) => minutes * MINUTE),
];

/** The shortest handy step with which `from` to `to` takes at most `points` buckets, begun at a multiple of it. */
export function stepOf(from: number, to: number, points: number): { step: number; start: number; length: number } {
  const day = 1_440 * MINUTE;
  for (let i = 0; ; i++) {
    const step = handySteps[i] ?? day * (i - handySteps.length + 2);
    const start = Math.floor(from / step) * step;
    const length = Math.ceil((to - start) / step);
    if (length <= points) return { step, start, length };
  }
}

/** Buckets of tags; calls belong inside one read transaction. */
export function bucketQuery(
  definitions: Definitions,
  minutes: MinuteRows,
  rows: ReadingRows,
  versionsOf: (rig: number, tag: Id) => readonly number[],
): (rig: number, tags: readonly Id[], start: number, step: number, length: number) => TagBuckets[] {
  return (rig, tags, start, step, length) => {
    const end = start + step * length;
    const whole = start % MINUTE === 0 && step % MINUTE === 0;
    const byTag = tags.map((tag) => versionsOf(rig, tag));
    const all = byTag.flat();
    const found = new Map<number, Buckets>();
    const into = (version: number) => {
      const buckets = found.get(version) ?? bucketsOf(start, step, length);
      found.set(version, buckets);
      return buckets;
    };
    /** Days whose summary does not stand: their readings are added up here. */
    const anew = new Map<number, DayOfMinutes[]>();
    if (whole) {
      for (const version of all) {
        for (const day of minutes.of(version, start, end)) {
          if (day.minutes === null) anew.set(version, [...(anew.get(version) ?? []), day]);
          else if (day.minutes.length > 0) addMinutes(into(version), day.minutes);
        }
      }
    }
    for (const [version, days] of anew) {
      const as = definitions.representation(version);
      for (const day of days) {
        for (const { readings, start: first, end: last } of rows.between(rig, [version], day.from, day.to))
          addReadings(into(version), readings, as, first, last, (at) => at >= day.from && at < day.to);
      }
    }
    // What still waits for compaction is in no summary yet; text has none at all.
    const raw = whole ? rows.waiting(rig, all, start, end) : rows.between(rig, all, start, end);
    for (const { version, readings, start: first, end: last } of raw) {
      const days = anew.get(version);
      const counts = days && ((at: number) => !days.some((day) => at >= day.from && at < day.to));
      addReadings(into(version), readings, definitions.representation(version), first, last, counts);
    }
    return byTag.flatMap((versions): TagBuckets[] => {
      const parts = versions.flatMap((version) => {
        const buckets = found.get(version);
        return buckets === undefined ? [] : [{ version: definitions.version(version), buckets }];
      });
      const [only, ...more] = parts;
      if (only === undefined) return [];
      if (more.length === 0) return [{ ...only, converted: false }];
      const newest = parts.reduce((one, other) => (other.version.validFrom >= one.version.validFrom ? other : one));
      for (const part of parts) convert(part.buckets, part.version.kind);
      return [{ version: newest.version, converted: true, buckets: joined(parts.map((part) => part.buckets)) }];
    });
  };
}

/** From values as read to engineering units; where the scale is negative the least becomes the greatest. */
function convert(buckets: Buckets, kind: Kind): void {
  const { min, max, sum, last, count, bad } = buckets;
  const negative = engineering(kind, 1) < engineering(kind, 0);
  for (let i = 0; i < min.length; i++) {
    const low = engineering(kind, min[i] ?? Number.NaN);
    const high = engineering(kind, max[i] ?? Number.NaN);
    min[i] = negative ? high : low;
    max[i] = negative ? low : high;
    const values = (count[i] ?? 0) - (bad[i] ?? 0);
    if (values > 0) sum[i] = engineering(kind, (sum[i] ?? 0) / values) * values;
    last[i] = engineering(kind, last[i] ?? Number.NaN);
  }
}

function joined(parts: readonly Buckets[]): Buckets {
  const [into, ...others] = parts;
  if (into === undefined) throw new Error("no buckets to join");
  for (const from of others) for (let i = 0; i < from.count.length; i++) join(into, from, i);
  return into;
}

function join(into: Buckets, from: Buckets, i: number): void {
  for (const column of ["count", "uncertain", "bad"] as const)
    into[column][i] = (into[column][i] ?? 0) + (from[column][i] ?? 0);
  const low = from.min[i] ?? Number.NaN;
  if (Number.isNaN(low)) return;
  if (!((into.min[i] ?? 0) <= low)) into.min[i] = low;
  if (!((into.max[i] ?? 0) >= (from.max[i] ?? 0))) into.max[i] = from.max[i] ?? 0;
  into.sum[i] = (into.sum[i] ?? 0) + (from.sum[i] ?? 0);
  if ((from.lastAt[i] ?? 0) >= (into.lastAt[i] ?? 0)) {
    into.last[i] = from.last[i] ?? 0;
    into.lastAt[i] = from.lastAt[i] ?? 0;
  }
}
