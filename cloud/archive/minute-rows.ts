import type { Sqlite } from "../../shared/node/sqlite.ts";
import { hashBytes } from "../../shared/wire/checksum.ts";
import type { BodyRow, HourRow } from "./compaction.ts";
import { HOUR, hourKey, hourOf, MINUTE, startOfHour } from "./hour.ts";
import { addedMinutes, type Minutes, sliceMinutes } from "./minutes.ts";
import { decodeMinutes, encodeMinutes } from "./packed-minutes.ts";
import { recentOf } from "./recent.ts";

/** Minute summaries, packed by tag version and day, and the hours that follow from them as plain rows. */
export interface MinuteRows {
  /** The rows with what new readings of a version come to added; they may lie in any days. */
  added(version: number, minutes: Minutes): { minutes: BodyRow[]; hours: HourRow[] };
  /** The minutes of a version from one moment to another (not included), day by day; to be read only. */
  of(version: number, from: number, to: number): Minutes[];
}

/** Number of the day, from 2000 on, of a minute since 1970. */
function dayOf(minute: number): number {
  return Math.floor(hourOf(minute * MINUTE) / 24);
}

/** Minutes that are kept decoded for the next question, 64 bytes each. */
const RECENT_MINUTES = 500_000;

export function minuteRows(db: Sqlite): MinuteRows {
  const get = db.prepare<[number], Uint8Array>("select body from minutes where key = ?").pluck();
  const decoded = recentOf<string, Minutes>(RECENT_MINUTES, ({ length }) => length + 1);
  return {
    added(version, minutes) {
      const days: BodyRow[] = [];
      const hours: HourRow[] = [];
      for (const [start, end] of stretches(minutes, dayOf)) {
        const key = hourKey(version, dayOf(minutes.minute[start] ?? 0));
        const before = get.get(key);
        const added = sliceMinutes(minutes, start, end);
        const day = before === undefined ? added : addedMinutes(decodeMinutes(before), added);
        days.push({ key, body: encodeMinutes(day) });
        hours.push(...hoursOf(version, day, new Set(Array.from(added.minute, hourOfMinute))));
      }
      return { minutes: days, hours };
    },
    of(version, from, to) {
      const found: Minutes[] = [];
      const last = Math.floor(hourOf(to - 1) / 24);
      for (let day = Math.floor(hourOf(from) / 24); day <= last; day++) {
        const key = hourKey(version, day);
        const body = get.get(key);
        if (body === undefined) continue;
        // By what it holds: a day that grew is decoded anew.
        const { a, b } = hashBytes(body);
        const minutes = decoded.get(`${key}/${a}/${b}`, () => decodeMinutes(body));
        if (minutes !== undefined) found.push(within(minutes, from, to));
      }
      return found;
    },
  };
}

function within(minutes: Minutes, from: number, to: number): Minutes {
  let start = 0;
  let end = minutes.length;
  while (start < end && (minutes.minute[start] ?? 0) * MINUTE < from) start++;
  while (end > start && (minutes.minute[end - 1] ?? 0) * MINUTE >= to) end--;
  return start === 0 && end === minutes.length ? minutes : sliceMinutes(minutes, start, end);
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

/** The rows of these hours (since 1970) out of a day's minutes. */
function hoursOf(version: number, day: Minutes, changed: ReadonlySet<number>): HourRow[] {
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
