import type { AlarmState } from "../../shared/domain/alarm.ts";
import { openBoxAlarm } from "./box-alarm.ts";

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

export function openStorageWatch(restored: readonly AlarmState[]): StorageWatch {
  const condition = "storage";
  const failed = openBoxAlarm({ name: "storage", condition, trouble: "not stored" }, restored);
  const damaged = openBoxAlarm({ name: "storage.damage", condition, trouble: "journal damaged" }, restored);
  const identity = openBoxAlarm({ name: "storage.identity", condition, trouble: "key lost" }, restored);
  const all = [failed, damaged, identity];

  let seenDamage: string | null = null;
  /** Raised also where all was read back before anybody could look. */
  function damageOf(faults: StorageFaults): string | null {
    const isNew = faults.damaged !== seenDamage;
    seenDamage = faults.damaged;
    return faults.mended && !isNew ? null : faults.damaged;
  }

  return {
    judge: (faults, at) => [
      ...failed.judge(faults.failed, at),
      ...damaged.judge(damageOf(faults), at),
      ...identity.judge(faults.identity, at),
    ],
    acknowledge(alarm, who, at) {
      for (const one of all) {
        const after = one.acknowledge(alarm, who, at);
        if (after !== null) return after;
      }
      return null;
    },
    open: () => all.flatMap((one) => one.open()),
  };
}
