import type { AlarmState } from "../../shared/domain/alarm.ts";
import { CHATTER } from "../../shared/domain/chatter.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { clear, doubt, isActive, raise, unshelve } from "./life.ts";
import { applies, hangsOnState, isBack, isBeyond, type Rule, rulesOf } from "./limits.ts";

/** Now, twice: `at` is UTC and stamps what is said, `mono` never jumps and measures how long; both ms. */
export interface Moment {
  at: number;
  mono: number;
}

/** From an alarm's state to its next; null where nothing changes. */
export type Change = (before: AlarmState) => AlarmState | null;

/** A rule with what has happened to it. */
interface Watched {
  rule: Rule;
  alarm: AlarmState | null;
  /** Beyond the limit without a break since; null while it is not. */
  beyondSince: number | null;
  /** Back inside without a break since. */
  backSince: number | null;
  /** When it was raised lately, on the monotonic clock. */
  raises: number[];
}

/** An alarm that chatters must be back for so long before it is called so. */
const chatterHoldMs = 60_000;

/** The limit alarms of one tag. Each method gives what changed, to be stored. */
export interface Watch {
  /** Something is raised or may be soon, so that even a value within all limits matters. */
  readonly busy: boolean;
  judge(value: number, state: RigState, now: Moment, evidence?: AlarmState["evidence"]): AlarmState[];
  /** The tag has no believable value for longer than it should. */
  cannotJudge(now: Moment): AlarmState[];
  /** The daemon itself saw nothing up to `mono`: what counts without a break starts anew there. */
  restart(mono: number): void;
  /** Changes one of its alarms as a person or a time asks; null where it has none of this name, or nothing changes. */
  act(alarm: string, change: Change): AlarmState | null;
  open(): AlarmState[];
}

export function openWatch(tag: TagVersion, restored: ReadonlyMap<string, AlarmState>): Watch {
  const watched = rulesOf(tag).map((rule): Watched => {
    const alarm = restored.get(`${tag.id}:${rule.condition}`) ?? null;
    return { rule, alarm, beyondSince: null, backSince: null, raises: [] };
  });

  function judge(value: number, state: RigState, now: Moment, evidence?: AlarmState["evidence"]): AlarmState[] {
    const changes: AlarmState[] = [];
    for (const one of watched) {
      if (hangsOnState(one.rule, state)) {
        one.beyondSince = null;
        wonder(one, true, now, changes);
        continue;
      }
      wonder(one, false, now, changes);
      const covered = watched.some((outer) => covers(outer, one));
      const past = applies(one.rule, state) && isBeyond(one.rule, value);
      // It counts on under an outer alarm, so that it is there at once when that one ends.
      one.beyondSince = past ? (one.beyondSince ?? now.mono) : null;
      if (past && !covered) beyond(one, value, now, changes, evidence);
      else within(one, value, covered || !applies(one.rule, state), now, changes);
      if (watched.some((outer) => covers(outer, one) && rises(outer, one)))
        set(one, one.alarm && unshelve(one.alarm, "priority rose", null, now.at), changes);
    }
    return changes;
  }

  function beyond(one: Watched, value: number, now: Moment, changes: AlarmState[], evidence: AlarmState["evidence"]) {
    one.backSince = null;
    if (now.mono - (one.beyondSince ?? now.mono) < tag.limits.onDelayS * 1_000) return;
    const raised = raise(one.alarm, { ...about(one.rule, value), ...told(evidence) }, now.at);
    if (raised === null) return;
    one.raises = [...one.raises.filter((at) => now.mono - at <= CHATTER.withinMs), now.mono];
    set(one, raised, changes);
  }

  /** Not beyond, or not to be said; `gone` when the limit does not count at the moment, so that no deadband holds it. */
  function within(one: Watched, value: number, gone: boolean, now: Moment, changes: AlarmState[]) {
    if (one.alarm === null || !isActive(one.alarm)) return;
    if (!gone && !isBack(one.rule, value)) {
      one.backSince = null;
      return;
    }
    one.backSince ??= now.mono;
    const hold = one.raises.length >= CHATTER.raises ? chatterHoldMs : 0;
    if (gone || now.mono - one.backSince >= hold) set(one, clear(one.alarm, value, now.at), changes);
  }

  function about({ condition, limit, words }: Rule, value: number) {
    const { id, name, label, unit } = tag;
    const alarm = `${id}:${condition}`;
    return {
      alarm,
      tag: id,
      name,
      text: `${label} ${words}`,
      condition,
      priority: limit.priority,
      value,
      limit: limit.at,
      unit,
    };
  }

  return {
    get busy() {
      return watched.some((one) => one.beyondSince !== null || (one.alarm !== null && isActive(one.alarm)));
    },
    judge,
    cannotJudge(now) {
      const changes: AlarmState[] = [];
      for (const one of watched) wonder(one, true, now, changes);
      return changes;
    },
    restart(mono) {
      for (const one of watched) {
        if (one.beyondSince !== null) one.beyondSince = mono;
        if (one.backSince !== null) one.backSince = mono;
      }
    },
    act(alarm, change) {
      const one = watched.find((some) => some.alarm?.alarm === alarm);
      if (one?.alarm == null) return null;
      const after = change(one.alarm);
      set(one, after, []);
      return after;
    },
    open: () => watched.flatMap(({ alarm }) => alarm ?? []),
  };
}

/** What a score's alarm says beyond its number: what stands out, and by how much. */
function told(evidence: AlarmState["evidence"]): Partial<AlarmState> {
  const top = evidence?.[0];
  if (evidence === undefined || top === undefined) return {};
  if (top.residual === undefined || top.residual === 0) return { evidence };
  const off = `${Number(Math.abs(top.residual).toPrecision(2))} ${top.unit ?? ""}`.trim();
  return { evidence, text: `${top.label ?? top.name} ${off} ${top.residual < 0 ? "below" : "above"} expected` };
}

/** An active alarm that can't be judged stays as it is, and says so. */
function wonder(one: Watched, cannotJudge: boolean, now: Moment, changes: AlarmState[]): void {
  if (one.alarm !== null && isActive(one.alarm)) set(one, doubt(one.alarm, cannotJudge, now.at), changes);
}

/** Takes the new state, if there is one; a normal alarm is no alarm any more. */
function set(one: Watched, after: AlarmState | null, changes: AlarmState[]): void {
  if (after === null) return;
  one.alarm = after.state === "normal" ? null : after;
  changes.push(after);
}

/** An outer alarm of the same side is active: the inner one would say the same again. */
function covers(outer: Watched, inner: Watched): boolean {
  const farther = outer.rule.low
    ? outer.rule.limit.at < inner.rule.limit.at
    : outer.rule.limit.at > inner.rule.limit.at;
  return (
    outer !== inner && outer.rule.low === inner.rule.low && farther && outer.alarm !== null && isActive(outer.alarm)
  );
}

/** It is more urgent than the inner one, and nobody has put it aside. */
function rises(outer: Watched, inner: Watched): boolean {
  return outer.alarm?.state !== "shelved" && outer.rule.limit.priority < inner.rule.limit.priority;
}
