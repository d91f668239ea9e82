import type { AlarmState } from "../../shared/domain/alarm.ts";

/** What is known of an alarm when it is raised; the rest of its state follows. */
export type Raised = Pick<
  AlarmState,
  "alarm" | "tag" | "name" | "text" | "condition" | "priority" | "value" | "limit" | "unit"
> & {
  evidence?: AlarmState["evidence"];
};

/**
 * The life of an alarm after ISA-18.2, as functions from state to state. Each gives null where nothing changes.
 *
 *   normal ─raise─▶ unacknowledged ─acknowledge─▶ acknowledged ─clear─▶ normal
 *                    │      ▲                                             ▲
 *                    └clear─┴─raise── returned ───────acknowledge─────────┘
 */
export function raise(before: AlarmState | null, about: Raised, at: number): AlarmState | null {
  if (before !== null && isActive(before)) return null;
  const { evidence, ...rest } = about;
  return {
    ...rest,
    state: "unacknowledged",
    raisedAt: at,
    changedAt: at,
    acknowledgedAt: null,
    acknowledgedBy: null,
    cannotJudge: false,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** What was wrong is right again. An alarm that nobody has seen stays in the list. */
export function clear(before: AlarmState, value: number | null, at: number): AlarmState | null {
  if (!isActive(before)) return null;
  const state = before.state === "unacknowledged" ? "returned" : "normal";
  return { ...before, state, value, changedAt: at, cannotJudge: false };
}

/** Somebody has seen it. */
export function acknowledge(before: AlarmState, who: string, at: number): AlarmState | null {
  if (before.state !== "unacknowledged" && before.state !== "returned") return null;
  const state = before.state === "returned" ? "normal" : "acknowledged";
  return { ...before, state, changedAt: at, acknowledgedAt: at, acknowledgedBy: who };
}

/** Whether it can be judged at the moment; what it was stays. */
export function doubt(before: AlarmState, cannotJudge: boolean, at: number): AlarmState | null {
  return before.cannotJudge === cannotJudge ? null : { ...before, cannotJudge, changedAt: at };
}

/** What it warns of is still so, as far as is known. */
export function isActive(alarm: AlarmState): boolean {
  return alarm.state !== "normal" && alarm.state !== "returned";
}
