import type { AlarmState } from "../../shared/domain/alarm.ts";

/** An alarm that was just raised: the standpipe pressure is below its limit. */
export const lowPressure: AlarmState = {
  alarm: "00000000000000aa:l",
  tag: "00000000000000aa",
  name: "mud_pressure",
  text: "Standpipe pressure low",
  condition: "l",
  priority: 2,
  state: "unacknowledged",
  value: 2_400,
  limit: 2_500,
  unit: "psi",
  raisedAt: 1_000,
  changedAt: 1_000,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
};
