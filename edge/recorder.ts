import type { RigEvent } from "../shared/domain/event.ts";

/**
 * Stores events. What must not be missed and found no room is not given up: an alarm's newest state, and the newest correction of the clock, without
 * which the frames of this boot may never get a time. It is stored once there is room again.
 */
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
  /** By what it is of, the newest that is not yet stored, and whether it found no room. */
  const untold = new Map<string, { event: RigEvent; refused: boolean }>();
  let full = Number.POSITIVE_INFINITY;

  async function record(...events: RigEvent[]): Promise<boolean> {
    const kept = events.flatMap((event) => {
      const key = keyOf(event);
      return key === null ? [] : [{ key, event }];
    });
    for (const { key, event } of kept) untold.set(key, { event, refused: false });
    const outcome = append(events);
    const bytes = waitingBytes();
    const isStored = await outcome;
    if (!isStored) full = bytes;
    for (const { key, event } of kept) {
      // A newer one is under way.
      if (untold.get(key)?.event !== event) continue;
      if (isStored) untold.delete(key);
      else untold.set(key, { event, refused: true });
    }
    return isStored;
  }

  return {
    record,
    async again() {
      const refused = [...untold.values()].filter((each) => each.refused);
      if (refused.length === 0 || waitingBytes() >= full) return;
      await record(...refused.map(({ event }) => event));
    },
  };
}

/** Of what an event tells the newest; null for one that may be missed. */
function keyOf(event: RigEvent): string | null {
  if (event.type === "alarm") return `alarm ${event.state.alarm}`;
  return event.type === "clock" && event.correction !== undefined ? "correction" : null;
}
