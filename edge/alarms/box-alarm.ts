import type { AlarmState } from "../../shared/domain/alarm.ts";
import { acknowledge, clear, type Raised, raise } from "./life.ts";

/** An alarm about the rig box itself, of priority 1: something cannot be stored, or nothing is read. */
export interface BoxAlarm {
  /** Judges what stands, in words for people, or null where nothing does. Gives what changed. */
  judge(text: string | null, at: number): AlarmState[];
  /** Null where it is another alarm or there is nothing to acknowledge. */
  acknowledge(alarm: string, who: string, at: number): AlarmState | null;
  open(): AlarmState[];
}

export interface BoxAlarmKind {
  /** Of the alarm, stable. */
  name: string;
  condition: "storage" | "configuration";
  /** Chooses what people are told to do. */
  trouble?: NonNullable<AlarmState["trouble"]>;
}

/** Its event waits in RAM where it cannot be stored at once; it is shown all the same. `restored` are the alarms that the last run left open. */
export function openBoxAlarm(kind: BoxAlarmKind, restored: readonly AlarmState[]): BoxAlarm {
  let alarm = restored.find((each) => each.alarm === kind.name) ?? null;

  function take(after: AlarmState | null): AlarmState[] {
    if (after === null) return [];
    alarm = after.state === "normal" ? null : after;
    return [after];
  }

  return {
    judge(text, at) {
      if (text !== null) return take(raise(alarm, about(kind, text), at));
      return alarm === null ? [] : take(clear(alarm, null, at));
    },
    acknowledge(which, who, at) {
      if (alarm?.alarm !== which) return null;
      return take(acknowledge(alarm, who, at))[0] ?? null;
    },
    open: () => (alarm === null ? [] : [alarm]),
  };
}

/** It belongs to no tag: the id is one that no tag has. */
function about({ name, ...kind }: BoxAlarmKind, text: string): Raised {
  return {
    alarm: name,
    tag: "0000000000000000",
    name,
    text,
    ...kind,
    priority: 1,
    value: null,
    limit: null,
    unit: "text",
  };
}
