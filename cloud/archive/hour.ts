/** Milliseconds of an hour, of a minute. */
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const DAY = 24 * HOUR;

const HOUR_2000 = Date.UTC(2000, 0, 1) / HOUR;
const HOURS = 2 ** 24;
/** Hours times owners stay below 2^53. */
const OWNERS = 2 ** 28;

/** Number of the hour that `at` lies in, from 2000 on; what a wrong clock puts before it or after the year 3900 lies in the first or last one. */
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

/** The owner in a key. */
export function ownerOfKey(key: number): number {
  return key % OWNERS;
}

/** The hour in a key. */
export function hourOfKey(key: number): number {
  return Math.floor(key / OWNERS);
}
