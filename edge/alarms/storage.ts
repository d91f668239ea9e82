import type { AlarmState } from "../../shared/domain/alarm.ts";
import { acknowledge, clear, type Raised, raise } from "./life.ts";

/** What is wrong with what the rig box keeps, for people; null where nothing is. */
export interface StorageFaults {
  /** Nothing can be stored. */
  failed: string | null;
  /** The journal's file was damaged in this run, or is being read back. */
  damaged: string | null;
  /** It is all read back: the alarm is over once it was raised. */
  mended: boolean;
  /** The rig's own key is gone. */
  identity: string | null;
}

/** The alarms of what the rig box keeps. They are shown at once; their events wait in RAM until the disk takes them. */
export interface StorageWatch {
  /** Gives what changed. */
  judge(faults: StorageFaults, at: number): AlarmState[];
  acknowledge(alarm: string, who: string, at: number): AlarmState | null;
  open(): AlarmState[];
}

const names = { failed: "storage", damaged: "storage.damage", identity: "storage.identity" } as const;
const kinds = ["failed", "damaged", "identity"] as const;

export function openStorageWatch(restored: readonly AlarmState[]): StorageWatch {
  const alarms = new Map(
    restored.filter(({ alarm }) => kinds.some((kind) => names[kind] === alarm)).map((each) => [each.alarm, each]),
  );

  let seenDamage: string | null = null;
  /** Raised also where all was read back before anybody could look. */
  function whatIsWrong(kind: (typeof kinds)[number], faults: StorageFaults): string | null {
    if (kind !== "damaged") return faults[kind];
    const isNew = faults.damaged !== seenDamage;
    seenDamage = faults.damaged;
    return faults.mended && !isNew ? null : faults.damaged;
  }

  function take(after: AlarmState | null): AlarmState[] {
    if (after === null) return [];
    if (after.state === "normal") alarms.delete(after.alarm);
    else alarms.set(after.alarm, after);
    return [after];
  }

  return {
    judge: (faults, at) =>
      kinds.flatMap((kind) => {
        const [alarm, fault] = [alarms.get(names[kind]) ?? null, whatIsWrong(kind, faults)];
        if (fault !== null) return take(raise(alarm, about(names[kind], fault), at));
        return alarm === null ? [] : take(clear(alarm, null, at));
      }),
    acknowledge(name, who, at) {
      const alarm = alarms.get(name);
      return alarm === undefined ? null : (take(acknowledge(alarm, who, at))[0] ?? null);
    },
    open: () => [...alarms.values()],
  };
}

/** It belongs to no tag: the id is one that no tag has. */
function about(name: string, text: string): Raised {
  return {
    alarm: name,
    tag: "0000000000000000",
    name,
    text,
    condition: "storage",
    priority: 1,
    value: null,
    limit: null,
    unit: "text",
  };
}
