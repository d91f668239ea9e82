import type { AlarmState, ReturnReason } from "../../shared/domain/alarm.ts";

/** What is known of an alarm when it is raised; the rest of its state follows. */
export type Raised = Pick<
  AlarmState,
  "alarm" | "tag" | "name" | "text" | "condition" | "priority" | "value" | "limit" | "unit"
> &
  Partial<Pick<AlarmState, "evidence" | "trouble">>;

/**
 * The life of an alarm after ISA-18.2, as functions from state to state. Each gives null where nothing changes.
 *
 *   normal ─raise─▶ unacknowledged ─acknowledge─▶ acknowledged ─clear─▶ normal
 *                    │      ▲                                             ▲
 *                    └clear─┴─raise── returned ───────acknowledge─────────┘
 *
 * Any of them but normal may be shelved (shelf.ts). A shelved one is judged on, and tells nobody: whether it is active stands in `shelving`.
 */
export function raise(before: AlarmState | null, about: Raised, at: number): AlarmState | null {
  const shelving = before?.shelving;
  const rose = before !== null && shelving !== undefined && about.priority < before.priority;
  if (before !== null && isActive(before) && !rose) return null;
  return {
    ...about,
    state: shelving === undefined || rose ? "unacknowledged" : "shelved",
    raisedAt: at,
    changedAt: at,
    acknowledgedAt: null,
    acknowledgedBy: null,
    cannotJudge: false,
    ...(shelving === undefined || rose ? {} : { shelving: { ...shelving, active: true } }),
    ...(rose ? { unshelved: { at, who: null, why: "priority rose" } } : {}),
  };
}

/** What was wrong is right again. An alarm that nobody has seen stays in the list. */
export function clear(before: AlarmState, value: number | null, at: number): AlarmState | null {
  if (!isActive(before)) return null;
  const after = { ...before, value, changedAt: at, cannotJudge: false };
  if (before.shelving !== undefined) return { ...after, shelving: { ...before.shelving, active: false } };
  return { ...after, state: before.state === "unacknowledged" ? "returned" : "normal" };
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

/** It is no longer shelved: what is still so needs somebody anew, also where it was acknowledged before. Null for one that is not shelved. */
export function unshelve(before: AlarmState, why: ReturnReason, who: string | null, at: number): AlarmState | null {
  const { shelving, ...rest } = before;
  if (shelving === undefined) return null;
  const unshelved = { at, who, why };
  if (!shelving.active) return { ...rest, state: "normal", changedAt: at, unshelved };
  return {
    ...rest,
    state: "unacknowledged",
    changedAt: at,
    acknowledgedAt: null,
    acknowledgedBy: null,
    unshelved,
  };
}

/** What it warned of is not watched any more: it ends as it is. */
export function end(before: AlarmState, at: number): AlarmState {
  const { shelving: _, ...rest } = before;
  return { ...rest, state: "normal", changedAt: at, cannotJudge: false };
}

/** What it warns of is still so, as far as is known. */
export function isActive(alarm: AlarmState): boolean {
  if (alarm.shelving !== undefined) return alarm.shelving.active;
  return alarm.state !== "normal" && alarm.state !== "returned";
}
