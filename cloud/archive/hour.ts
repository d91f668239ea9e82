/** Milliseconds of an hour, of a minute. */
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const DAY = 24 * HOUR;

const HOUR_2000 = Date.UTC(2000, 0, 1) / HOUR;
const HOURS = 2 ** 21;
/** Hours times parts times owners stay below 2^53. */
const OWNERS = 2 ** 28;
/** Spans that one hour of a rig may have. */
const PARTS = 16;
/** Keys that lie between two parts of an hour. */
export const PART = HOURS * OWNERS;

/** Number of the hour that `at` lies in, from 2000 on; what a wrong clock puts before it or after the year 2239 lies in the first or last one. */
export function hourOf(at: number): number {
  return Math.min(HOURS - 1, Math.max(0, Math.floor(at / HOUR) - HOUR_2000));
}

/** Where an hour begins, ms UTC. */
export function startOfHour(hour: number): number {
  return (hour + HOUR_2000) * HOUR;
}

/** Key of the row of an owner (a rig, a tag version) and an hour or day: what is made together lies together, and new rows go to the end. */
export function hourKey(owner: number, hour: number): number {
  return hour * OWNERS + owner;
}

/** Keys of the spans that an hour may have: the first by `hourKey`, the others behind all hours. */
export function partKeys(first: number): number[] {
  return Array.from({ length: PARTS }, (_, part) => first + part * PART);
}

/** First and last key of days that are a day: not the first and the last one, in which all lies that a wrong clock says. */
export const wholeDays = [hourKey(0, 1), hourKey(0, Math.floor((HOURS - 1) / 24)) - 1] as const;

/** The owner in a key. */
export function ownerOfKey(key: number): number {
  return key % OWNERS;
}

/** The hour in a key; of a further part of an hour what takes its place. */
export function hourOfKey(key: number): number {
  return Math.floor(key / OWNERS);
}
