import type { AlarmState } from "../../../shared/domain/alarm.ts";

export type Order = (alarms: readonly AlarmState[]) => readonly AlarmState[];

/** The alarms of `now` in this order; where something was shown `before` and must not move, that as it was, and what came since behind it. */
export function stillIn(
  order: Order,
  before: readonly AlarmState[] | null,
  now: readonly AlarmState[],
): readonly AlarmState[] {
  if (before === null) return order(now);
  const known = new Set(before.map(({ alarm }) => alarm));
  return [...order(before), ...order(now.filter(({ alarm }) => !known.has(alarm)))];
}

/** The word for what became of `shown` since `before`; null for nothing. */
export function changeSince(
  shown: AlarmState,
  before: readonly AlarmState[] | null,
  now: readonly AlarmState[],
): string | null {
  if (before === null) return null;
  if (!before.some(({ alarm }) => alarm === shown.alarm)) return "New";
  const at = now.find(({ alarm }) => alarm === shown.alarm);
  if (at?.state === shown.state && at.raisedAt === shown.raisedAt) return null;
  return at?.state === "acknowledged" ? "Acked" : "Changed";
}
