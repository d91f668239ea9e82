import type { GapEvent } from "../../shared/domain/event.ts";
import { type NewEvents, type NewFrame, sizeOf } from "./frames.ts";

/** Frames that are in the hand of the writer. */
export interface Group {
  frames: readonly NewFrame[];
  /** Stored or given up. A group that is not done is taken again, as it is, before all others. */
  done(stored: boolean): void;
}

/** Frames that wait in RAM for the next commit, in order, within a bound. What found no room is told by a gap event with the next commit. */
export interface Waiting {
  /** Resolves when the frame's group is done; at once with false if there was no room. */
  add(frame: NewFrame, why: GapEvent["reason"]): Promise<boolean>;
  /** What waits, as one group; null when nothing does. One group is in hand at a time. */
  take(): Group | null;
  /** Nothing will ever be stored any more: rejects what waits and what comes. */
  fail(cause: Error): void;
  bytes(): number;
}

/** Telemetry leaves the rest of the room to events. */
const TELEMETRY_SHARE = 0.8;

/** A group has about this share of the room: what shares a commit must fit a nearly full disk too. */
const GROUP_SHARE = 1 / 16;

interface Waiter {
  frame: NewFrame;
  size: number;
  resolve(stored: boolean): void;
  reject(cause: Error): void;
}

export function openWaiting(mostBytes: number): Waiting {
  let queue: Waiter[] = [];
  let bytes = 0;
  let held: { frames: NewFrame[]; waiters: Waiter[] } | null = null;
  let failed: Error | null = null;
  const lost = openLost();

  function done(stored: boolean): void {
    const waiters = held?.waiters ?? [];
    held = null;
    for (const { resolve, size } of waiters) {
      bytes -= size;
      resolve(stored);
    }
  }

  function nextGroup(): typeof held {
    let [count, size] = [0, 0];
    for (const waiter of queue) {
      size += waiter.size;
      if (count > 0 && size > mostBytes * GROUP_SHARE) break;
      count += 1;
    }
    const waiters = queue.splice(0, count);
    const last = waiters.at(-1);
    if (last === undefined) return null;
    return { frames: [...waiters.map(({ frame }) => frame), ...lost.take(last.frame)], waiters };
  }

  return {
    add(frame, why) {
      if (failed !== null) return Promise.reject(failed);
      const size = sizeOf(frame);
      const room = frame.stream === "events" ? mostBytes : mostBytes * TELEMETRY_SHARE;
      if (bytes + size > room) {
        lost.add(frame, why);
        return Promise.resolve(false);
      }
      bytes += size;
      return new Promise((resolve, reject) => queue.push({ frame, size, resolve, reject }));
    },
    take() {
      held ??= nextGroup();
      return held === null ? null : { frames: held.frames, done };
    },
    fail(cause) {
      failed = cause;
      for (const { reject } of [...(held?.waiters ?? []), ...queue]) reject(cause);
      [queue, bytes, held] = [[], 0, null];
    },
    bytes: () => bytes,
  };
}

/** Counts what found no room, a gap a stream. A gap event that found none goes on telling of its own stream. */
function openLost() {
  const gaps = new Map<NewFrame["stream"], GapEvent>();

  function add(gap: GapEvent): void {
    const before = gaps.get(gap.stream) ?? { ...gap, count: 0 };
    const [from, to] = [Math.min(before.from, gap.from), Math.max(before.to, gap.to)];
    const count = before.count === null || gap.count === null ? null : before.count + gap.count;
    gaps.set(gap.stream, { ...before, from, to, count });
  }

  return {
    add(frame: NewFrame, reason: GapEvent["reason"]): void {
      const told = frame.stream === "events" ? frame.events.filter((event) => event.type === "gap") : [];
      for (const gap of told) add(gap);
      const count = frame.stream === "events" ? frame.events.length - told.length : frame.count;
      const { stream, receivedAt: at } = frame;
      if (count > 0 || told.length === 0) add({ type: "gap", stream, from: at, to: at, count, reason });
    },
    /** The gap events, to be stored behind this frame. */
    take({ receivedAt, mono, clock }: NewFrame): NewEvents[] {
      if (gaps.size === 0) return [];
      const events = [...gaps.values()];
      gaps.clear();
      return [{ stream: "events", receivedAt, mono, clock, events }];
    },
  };
}
