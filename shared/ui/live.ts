import { type ReadonlySignal, signal } from "@preact/signals";

/** Silence of the server after which a screen counts as cut off. */
const LOST_AFTER_MS = 3_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;
/** A server that hangs takes every try in and answers none: each is waited for twice as long as the one before, up to this. */
const LONGEST_PATIENCE_MS = 12_000;

/** The line to the server: whether it is alive, and when it is tried again. Retries for ever, with jitter. */
export interface Live {
  /** Milliseconds since the last message once that is more than 3 s; null while the line is alive. Counts up with `tick`. */
  silentFor: ReadonlySignal<number | null>;
  /** Failed tries since the line was last alive. */
  attempts: ReadonlySignal<number>;
  /** Seconds to the next try; null while trying or connected. */
  nextTryS: ReadonlySignal<number | null>;
  /** Call once a second. */
  tick(): void;
  tryNow(): void;
  close(): void;
}

export interface LiveOptions {
  /** Opens a line; messages go to `message`, its end to `ended`. Returns how to close it. */
  connect(line: { message(): void; ended(): void }): () => void;
  now?: () => number;
  random?: () => number;
}

/** Keeps a line to the server open. The only place of a screen that knows about connecting. */
export function openLive({ connect, now = () => performance.now(), random = Math.random }: LiveOptions): Live {
  const silentFor = signal<number | null>(null);
  const attempts = signal(0);
  const nextTryS = signal<number | null>(null);
  let heardAt = now();
  let openedAt = now();
  let retryAt: number | null = null;
  let ceiling = FIRST_RETRY_MS;
  let patience = LOST_AFTER_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let disconnect = () => {};

  function open() {
    clearTimeout(timer);
    retryAt = null;
    nextTryS.value = null;
    disconnect();
    openedAt = now();
    disconnect = connect({
      message() {
        heardAt = now();
        ceiling = FIRST_RETRY_MS;
        patience = LOST_AFTER_MS;
        silentFor.value = null;
        attempts.value = 0;
      },
      ended: retryLater,
    });
  }

  function retryLater() {
    disconnect();
    disconnect = () => {};
    attempts.value += 1;
    const wait = ceiling / 2 + random() * (ceiling / 2);
    ceiling = Math.min(LONGEST_RETRY_MS, ceiling * 2);
    retryAt = now() + wait;
    nextTryS.value = Math.ceil(wait / 1_000);
    clearTimeout(timer);
    timer = setTimeout(open, wait);
  }

  open();
  return {
    silentFor,
    attempts,
    nextTryS,
    tick() {
      const silent = now() - heardAt;
      silentFor.value = silent > LOST_AFTER_MS ? silent : null;
      nextTryS.value = retryAt === null ? null : Math.max(0, Math.ceil((retryAt - now()) / 1_000));
      // A line that is open but silent (a pulled cable) ends by itself only after minutes.
      if (silent <= LOST_AFTER_MS || retryAt !== null || now() - openedAt <= patience) return;
      patience = Math.min(LONGEST_PATIENCE_MS, patience * 2);
      retryLater();
    },
    tryNow: open,
    close() {
      clearTimeout(timer);
      disconnect();
    },
  };
}
