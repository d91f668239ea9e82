import type { Pace } from "../../shared/wire/sender-io.ts";

/** What a connection bears, measured from when the broker acknowledges what was published on it. */
export interface Window {
  /** A message goes out; gives what is to be called when it is acknowledged. */
  publish(bytes: number): () => void;
  /** Greatest rate of late, bytes a second; null before the first acknowledgement. */
  bytesPerSecond(): number | null;
  /** Least time from publish to acknowledgement on this connection, ms; null before the first. */
  delayMs(): number | null;
  /** How much may be under way, and how large a batch may be, so that live waits for little that is in the socket already. */
  pace(): Pick<Pace, "transportBytes" | "windowBytes" | "batchBytes">;
}

/** Rates count for so long, and only such as were measured while the link had enough to do. */
const RATE_MS = 10_000;
/**
 * Bytes under way fill the link, and so many ms of it may wait before it. With less a connection that has lost a packet has too little left to
 * find out again what the link bears; with more live, which has a connection of its own, would wait too long in the link's queue.
 */
const QUEUE_MS = 2_000;
const LEAST_UNDER_WAY = 8_000;
const MOST_UNDER_WAY = 1_000_000;
/** A batch takes the link for so long at most, ms: live may have to wait for one. */
const BATCH_MS = 250;
const LEAST_BATCH = 4_000;
const MOST_BATCH = 32_000;
/** What may wait for its receipt, in ms of bandwidth. */
const UNRECEIPTED_MS = 20_000;
const LEAST_UNRECEIPTED = 64_000;
const MOST_UNRECEIPTED = 4_000_000;

/** For one connection. `mono` is monotonic, in ms. */
export function openWindow(mono: () => number = () => performance.now()): Window {
  let delivered = 0;
  let deliveredAt = mono();
  /** When that was published which was acknowledged last. */
  let deliveredSentAt = mono();
  let underWay = 0;
  let rates: { at: number; rate: number }[] = [];
  let delay: number | null = null;

  /** Bytes a millisecond. */
  const rate = (): number | null => (rates.length === 0 ? null : Math.max(...rates.map((each) => each.rate)));
  const batch = (): number => clamp((rate() ?? 0) * BATCH_MS, LEAST_BATCH, MOST_BATCH);
  function transport(): number {
    return clamp((rate() ?? 0) * ((delay ?? 0) + QUEUE_MS), LEAST_UNDER_WAY, MOST_UNDER_WAY);
  }

  return {
    publish(bytes) {
      const at = mono();
      // With nothing under way the pause before counts for nothing.
      const from =
        underWay === 0 ? { at, sentAt: at, delivered } : { at: deliveredAt, sentAt: deliveredSentAt, delivered };
      underWay += bytes;
      const busy = underWay >= transport() / 2;
      return () => {
        const now = mono();
        underWay -= bytes;
        delivered += bytes;
        deliveredAt = now;
        deliveredSentAt = at;
        delay = Math.min(delay ?? Number.POSITIVE_INFINITY, Math.max(1, now - at));
        // After a lost packet much is acknowledged at once: no more can have gone than was sent in a time.
        const sample = (delivered - from.delivered) / Math.max(1, now - from.at, at - from.sentAt);
        if (!busy && sample < (rate() ?? 0)) return;
        const recent = rates.filter((each) => now - each.at < RATE_MS);
        rates = [...recent.filter((each) => each.rate > sample), { at: now, rate: sample }];
      };
    },
    bytesPerSecond() {
      const now = rate();
      return now === null ? null : now * 1_000;
    },
    delayMs: () => delay,
    pace() {
      const now = rate() ?? 0;
      return {
        transportBytes: Math.round(transport()),
        windowBytes: Math.round(clamp(now * UNRECEIPTED_MS, LEAST_UNRECEIPTED, MOST_UNRECEIPTED)),
        batchBytes: Math.round(batch()),
      };
    },
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
