import type { AlarmState } from "../shared/domain/alarm.ts";
import type { RigEvent } from "../shared/domain/event.ts";

/** Stores events. An alarm's change that finds no room is not given up: its newest state is stored once there is room again. */
export interface Recorder {
  /** Stores events at once; false if there was no room for them. */
  record(...events: RigEvent[]): Promise<boolean>;
  /** Tries what found no room, if there is more of it now; for each tick. */
  again(): Promise<void>;
}

/** `append` stores a frame of events and tells whether it found room; `waitingBytes` is what waits for the disk. */
export function openRecorder(
  append: (events: readonly RigEvent[]) => Promise<boolean>,
  waitingBytes: () => number,
): Recorder {
  /** By alarm, its newest state that is not yet stored, and whether it found no room. */
  const untold = new Map<string, { state: AlarmState; refused: boolean }>();
  let full = Number.POSITIVE_INFINITY;

  async function record(...events: RigEvent[]): Promise<boolean> {
    const states = events.flatMap((event) => (event.type === "alarm" ? [event.state] : []));
    for (const state of states) untold.set(state.alarm, { state, refused: false });
    const outcome = append(events);
    const bytes = waitingBytes();
    const kept = await outcome;
    if (!kept) full = bytes;
    for (const state of states) {
      // A newer one is under way.
      if (untold.get(state.alarm)?.state !== state) continue;
      if (kept) untold.delete(state.alarm);
      else untold.set(state.alarm, { state, refused: true });
    }
    return kept;
  }

  return {
    record,
    async again() {
      const refused = [...untold.values()].filter((each) => each.refused);
      if (refused.length === 0 || waitingBytes() >= full) return;
      await record(...refused.map(({ state }) => ({ type: "alarm" as const, state })));
    },
  };
}
