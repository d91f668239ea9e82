import type { AlarmState } from "../../shared/domain/alarm.ts";
import { acknowledge, clear, type Raised, raise } from "./life.ts";

/** The alarm that nothing can be stored. It is shown at once; its event waits in RAM until the disk takes it. */
export interface StorageWatch {
  /** Judges the journal's word: why nothing can be stored, or null. Gives what changed. */
  judge(failed: string | null, at: number): AlarmState[];
  acknowledge(alarm: string, who: string, at: number): AlarmState | null;
  open(): AlarmState[];
}

const NAME = "storage";

export function openStorageWatch(restored: readonly AlarmState[]): StorageWatch {
  let alarm = restored.find((each) => each.alarm === NAME) ?? null;

  function take(after: AlarmState | null): AlarmState[] {
    if (after === null) return [];
    alarm = after.state === "normal" ? null : after;
    return [after];
  }

  return {
    judge(failed, at) {
      if (failed !== null) return take(raise(alarm, about(failed), at));
      return alarm === null ? [] : take(clear(alarm, null, at));
    },
    acknowledge(name, who, at) {
      if (alarm?.alarm !== name) return null;
      return take(acknowledge(alarm, who, at))[0] ?? null;
    },
    open: () => (alarm === null ? [] : [alarm]),
  };
}

/** It belongs to no tag: the id is one that no tag has. */
function about(failed: string): Raised {
  return {
    alarm: NAME,
    tag: "0000000000000000",
    name: NAME,
    text: `Readings cannot be stored: ${failed}`,
    condition: "storage",
    priority: 1,
    value: null,
    limit: null,
    unit: "text",
  };
}
