import { sealOf } from "../../shared/node/seal.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { BodyRow, HourRow } from "./compaction.ts";
import type { Finds } from "./damage.ts";
import { DAY, HOUR, hourKey, hourOf, MINUTE, startOfHour } from "./hour.ts";
import { addedMinutes, type Minutes, sliceMinutes, withinSpan } from "./minutes.ts";
import { decodeMinutes, encodeMinutes, maxMinutes } from "./packed-minutes.ts";
import { recentOf } from "./recent.ts";

/** Minute summaries, packed by tag version and day, and the hours that follow from them as plain rows. */
export interface MinuteRows {
  /** The rows with what new readings of a version come to added; they may lie in any days. */
  added(version: number, minutes: Minutes): { minutes: BodyRow[]; hours: HourRow[] };
  /** The minutes of a version from one moment to another (not included), day by day; to be read only. */
  of(version: number, from: number, to: number): DayOfMinutes[];
}

/** A day's minutes; null where they are to be worked out from the readings themselves. Ms UTC, `to` not included. */
export interface DayOfMinutes {
  from: number;
  to: number;
  minutes: Minutes | null;
}

/** What stands for minutes that are to be worked out from segments. */
export const staleMinutes = new Uint8Array(0);

/** The key of the row with a version's minutes of the day that `at` lies in. */
export function minutesKey(version: number, at: number): number {
  return hourKey(version, Math.floor(hourOf(at) / 24));
}

/** Number of the day, from 2000 on, of a minute since 1970. */
function dayOf(minute: number): number {
  return Math.floor(hourOf(minute * MINUTE) / 24);
}

/** Minutes that are kept decoded for the next question, 64 bytes each. */
const RECENT_MINUTES = 500_000;

/** `mayHave` says whether a version can have readings in a span of time, for a day of which there is no row. */
export function minuteRows(
  db: Sqlite,
  finds: Finds,
  mayHave: (version: number, from: number, to: number) => boolean,
): MinuteRows {
  const get = db.prepare<[number], { body: Uint8Array; seal: number }>("select body, seal from minutes where key = ?");
  const decoded = recentOf<string, Minutes>(RECENT_MINUTES, ({ length }) => length + 1);
  /** Undefined where there is none, null where it is to be worked out anew. */
  function bodyOf(version: number, day: number): { body: Uint8Array; seal: number } | undefined | null {
    const key = hourKey(version, day);
    const row = get.get(key);
    const from = startOfHour(24 * day);
    if (row === undefined) return mayHave(version, from, from + DAY) ? null : undefined;
    if (sealOf("minutes", key, row.body) !== row.seal) {
      finds({ type: "minutes", key });
      return null;
    }
    return row.body.length === 0 ? null : row;
  }

  return {
    added(version, minutes) {
      const days: BodyRow[] = [];
      const hours: HourRow[] = [];
      for (const [start, end] of stretches(minutes, dayOf)) {
        const no = dayOf(minutes.minute[start] ?? 0);
        const key = hourKey(version, no);
        const before = bodyOf(version, no);
        if (before === null) {
          days.push({ key, body: staleMinutes });
          continue;
        }
        const added = sliceMinutes(minutes, start, end);
        const day = before === undefined ? added : addedMinutes(decodeMinutes(before.body), added);
        // A wrong clock may put any number of minutes into the first day: then they are read from the segments.
        if (day.length > maxMinutes) {
          days.push({ key, body: staleMinutes });
          continue;
        }
        days.push({ key, body: encodeMinutes(day) });
        hours.push(...hoursOf(version, day, new Set(Array.from(added.minute, hourOfMinute))));
      }
      return { minutes: days, hours };
    },
    of(version, from, to) {
      const found: DayOfMinutes[] = [];
      const last = Math.floor(hourOf(to - 1) / 24);
      for (let day = Math.floor(hourOf(from) / 24); day <= last; day++) {
        const row = bodyOf(version, day);
        if (row === undefined) continue;
        const whole = {
          from: day === 0 ? from : Math.max(from, startOfHour(24 * day)),
          to: Math.min(to, startOfHour(24 * day + 24)),
        };
        if (row === null) {
          found.push({ ...whole, minutes: null });
          continue;
        }
        // By what it holds: a day that grew is decoded anew.
        const name = `${hourKey(version, day)}/${row.seal}/${row.body.length}`;
        const minutes = decoded.get(name, () => decodeMinutes(row.body));
        if (minutes !== undefined) found.push({ ...whole, minutes: withinSpan(minutes, { from, to }) });
      }
      return found;
    },
  };
}

/** First position and the one behind the last of each stretch of minutes for which `of` says the same. */
function stretches(minutes: Minutes, of: (minute: number) => number): [number, number][] {
  const found: [number, number][] = [];
  let before = Number.NaN;
  for (let m = 0; m < minutes.length; m++) {
    const value = of(minutes.minute[m] ?? 0);
    const last = found.at(-1);
    if (last !== undefined && value === before) last[1] = m + 1;
    else found.push([m, m + 1]);
    before = value;
  }
  return found;
}

/** Number of the hour since 1970 of a minute. */
function hourOfMinute(minute: number): number {
  return Math.floor((minute * MINUTE) / HOUR);
}

/** The rows of these hours (since 1970; of all unless told) out of a day's minutes. */
export function hoursOf(
  version: number,
  day: Minutes,
  changed: ReadonlySet<number> = new Set(Array.from(day.minute, hourOfMinute)),
): HourRow[] {
  const rows: HourRow[] = [];
  for (const [start, end] of stretches(day, hourOfMinute)) {
    if (!changed.has(hourOfMinute(day.minute[start] ?? 0))) continue;
    const hour = hourOf((day.minute[start] ?? 0) * MINUTE);
    rows.push({ key: hourKey(version, hour), version, at: startOfHour(hour), ...hourOfMinutes(day, start, end) });
  }
  return rows;
}

function hourOfMinutes(day: Minutes, start: number, end: number) {
  const hour = { count: 0, uncertain: 0, bad: 0 };
  let values = 0;
  let sum = 0;
  let min: number | null = null;
  let max: number | null = null;
  let last: number | null = null;
  for (let m = start; m < end; m++) {
    hour.count += day.count[m] ?? 0;
    hour.uncertain += day.uncertain[m] ?? 0;
    hour.bad += day.bad[m] ?? 0;
    const here = (day.count[m] ?? 0) - (day.bad[m] ?? 0);
    if (here === 0) continue;
    values += here;
    sum += day.sum[m] ?? 0;
    min = Math.min(min ?? Number.POSITIVE_INFINITY, day.min[m] ?? 0);
    max = Math.max(max ?? Number.NEGATIVE_INFINITY, day.max[m] ?? 0);
    last = day.last[m] ?? 0;
  }
  return { ...hour, min, max, avg: values === 0 ? null : sum / values, last };
}
