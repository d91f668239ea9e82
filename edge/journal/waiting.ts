import type { GapEvent } from "../../shared/domain/event.ts";
import type { NewEvents, NewFrame } from "./frames.ts";

/** Frames that wait in RAM for the next commit, in order, within a bound. What found no room is told by a gap event with the next commit. */
export interface Waiting {
  /** The promise resolves when `take`'s group is done; at once with false if there was no room. */
  add(frame: NewFrame, why: GapEvent["reason"]): Promise<boolean>;
  /** What waits, as one group; null when nothing does. */
  take(): { frames: NewFrame[]; done(stored: boolean): void } | null;
  bytes(): number;
}

/** What an event takes in RAM, roughly: bounds a storm of events without encoding it twice. */
const EVENT_BYTES = 600;
/** Telemetry leaves this share of the room to events. */
const TELEMETRY_SHARE = 0.8;

export function openWaiting(mostBytes: number): Waiting {
  let frames: NewFrame[] = [];
  let resolvers: ((stored: boolean) => void)[] = [];
  let bytes = 0;
  let inHand = 0;
  const lost = new Map<NewFrame["stream"], GapEvent>();

  function lose(frame: NewFrame, reason: GapEvent["reason"]): void {
    const count = frame.stream === "events" ? frame.events.length : frame.count;
    const gap = lost.get(frame.stream);
    if (gap === undefined) {
      lost.set(frame.stream, {
        type: "gap",
        stream: frame.stream,
        from: frame.receivedAt,
        to: frame.receivedAt,
        count,
        reason,
      });
      return;
    }
    gap.from = Math.min(gap.from, frame.receivedAt);
    gap.to = Math.max(gap.to, frame.receivedAt);
    gap.count = (gap.count ?? 0) + count;
  }

  return {
    add(frame, why) {
      const size = frame.stream === "events" ? frame.events.length * EVENT_BYTES : frame.body.length;
      const room = frame.stream === "events" ? mostBytes : mostBytes * TELEMETRY_SHARE;
      if (bytes + inHand + size > room) {
        lose(frame, why);
        return Promise.resolve(false);
      }
      frames.push(frame);
      bytes += size;
      return new Promise((resolve) => resolvers.push(resolve));
    },
    take() {
      const last = frames.at(-1);
      if (last === undefined) return null;
      const { receivedAt, mono, clock } = last;
      const told: NewEvents[] =
        lost.size === 0 ? [] : [{ stream: "events", receivedAt, mono, clock, events: [...lost.values()] }];
      const group = { frames: [...frames, ...told], resolvers };
      inHand = bytes;
      lost.clear();
      [frames, resolvers, bytes] = [[], [], 0];
      return {
        frames: group.frames,
        done(stored) {
          inHand = 0;
          for (const resolve of group.resolvers) resolve(stored);
        },
      };
    },
    bytes: () => bytes + inHand,
  };
}
