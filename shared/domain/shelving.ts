/** What alarms of a priority (1 critical to 4 low) ask of people, as pure numbers that a screen can carry too. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The longest time for which an alarm of this priority may be shelved, ms; 0: never. An unknown priority is never shelved. */
export function longestShelveMs(priority: number): number {
  return { 2: HOUR_MS, 3: 8 * HOUR_MS, 4: 8 * HOUR_MS }[priority] ?? 0;
}

/** The shortest time for which anything is shelved, ms. */
export const SHORTEST_SHELVE_MS = MINUTE_MS;

/** Times that a screen offers for shelving, ms, the shortest first. */
export const shelveTimes = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS] as const;

/** Reasons that a screen offers for shelving; any other text will do. */
export const shelveReasons = [
  "Known and watched",
  "Sensor fault reported",
  "Work under way on it",
  "Equipment not in use",
  "Limit does not fit this section",
] as const;

/** Characters that a reason may have. */
export const LONGEST_REASON = 120;

/** The time in which an alarm of this priority should be answered, ms; null: within the shift. */
export function answerWithinMs(priority: number): number | null {
  return { 1: MINUTE_MS, 2: 5 * MINUTE_MS, 3: 15 * MINUTE_MS }[priority] ?? null;
}
