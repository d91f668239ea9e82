import { boundOf } from "../../shared/node/bound.ts";
import { type Changes, type Cursor, cursorText } from "./changes.ts";
import { startPace } from "./pace.ts";

const PUSH_MS = 100;
const BEAT_MS = 1_000;
/** Screens at once, of one address and in all; a rig has a handful. */
const MOST_SCREENS = { each: 16, all: 32 };
/** Bytes that may wait for a slow screen before it is left to catch up. */
const WAITING_BYTES = 262_144;

/** Pushes changes to open screens: the first at once, then at most one each 100 ms, and a beat each second in which nothing changed. */
export interface Feed {
  /** Something may have changed. */
  wake(): void;
  /** An event stream that goes on after the cursor, from the beginning without one; null when there are too many screens, there or in all. */
  open(after: Cursor | null, source: string): ReadableStream<Uint8Array> | null;
  screens(): number;
  close(): void;
}

interface Screen {
  cursor: Cursor | null;
  controller: ReadableStreamDefaultController<Uint8Array>;
  sentAt: number;
}

export function openFeed(changes: Changes): Feed {
  const screens = new Set<Screen>();
  const bound = boundOf(MOST_SCREENS);
  const encoder = new TextEncoder();
  const pace = startPace(PUSH_MS, () => {
    if (changes.look()) for (const screen of screens) tell(screen);
  });
  const beat = setInterval(() => {
    pace.wake();
    for (const screen of screens) if (performance.now() - screen.sentAt >= BEAT_MS - 50) sendBeat(screen);
  }, BEAT_MS);

  function send(screen: Screen, text: string) {
    // A screen that does not read is skipped: its cursor stays, so the next push holds what it missed.
    if ((screen.controller.desiredSize ?? 0) <= 0) return false;
    screen.controller.enqueue(encoder.encode(text));
    screen.sentAt = performance.now();
    return true;
  }

  function tell(screen: Screen) {
    const next = changes.cursor();
    const change = screen.cursor === null ? null : changes.since(screen.cursor);
    const [name, data] = change === null ? ["snapshot", changes.snapshot()] : ["change", change];
    if (send(screen, `event: ${name}\nid: ${cursorText(next)}\ndata: ${JSON.stringify(data)}\n\n`))
      screen.cursor = next;
  }

  function sendBeat(screen: Screen) {
    const clock = changes.clock();
    send(screen, `event: beat\ndata: ${JSON.stringify(clock)}\n\n`);
  }

  return {
    wake: () => pace.wake(),
    screens: () => screens.size,
    open(after, source) {
      const leave = bound.enter(source);
      if (leave === null) return null;
      let screen: Screen | undefined;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            screen = { cursor: after, controller, sentAt: 0 };
            screens.add(screen);
            controller.enqueue(encoder.encode("retry: 1000\n\n"));
            tell(screen);
          },
          cancel() {
            leave();
            if (screen !== undefined) screens.delete(screen);
          },
        },
        { highWaterMark: WAITING_BYTES, size: (chunk) => chunk.byteLength },
      );
    },
    close() {
      clearInterval(beat);
      pace.stop();
      for (const screen of screens) screen.controller.close();
      screens.clear();
    },
  };
}
