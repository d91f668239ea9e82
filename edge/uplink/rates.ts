import { type Lane, lanes } from "../../shared/wire/names.ts";

/** Whole seconds that a rate is measured over. */
const SECONDS = 10;
/** Before so many have passed a rate would be a guess. */
const LEAST = 3;

/** How fast each lane goes up: bytes that the broker acknowledged in the last 10 whole seconds. */
export interface Rates {
  add(lane: Lane, bytes: number): void;
  /** Bits a second by lane; null in the first seconds. Changes once a second at most. */
  bitsPerSecond(): Record<Lane, number | null>;
}

/** `mono` is monotonic, in ms. */
export function openRates(mono: () => number = () => performance.now()): Rates {
  const began = second(mono());
  const cells = lanes.map(() => new Float64Array(SECONDS + 1));
  const stamps = lanes.map(() => new Float64Array(SECONDS + 1).fill(-1));

  return {
    add(lane, bytes) {
      const now = second(mono());
      const [cell, row] = [now % (SECONDS + 1), lanes.indexOf(lane)];
      const [sums, stamp] = [cells[row], stamps[row]];
      if (sums === undefined || stamp === undefined) return;
      sums[cell] = (stamp[cell] === now ? (sums[cell] ?? 0) : 0) + bytes;
      stamp[cell] = now;
    },
    bitsPerSecond() {
      const now = second(mono());
      const passed = Math.min(SECONDS, now - began);
      const rate = (row: number): number | null => {
        if (passed < LEAST) return null;
        let bytes = 0;
        for (const [cell, stamp] of (stamps[row] ?? []).entries()) {
          if (stamp >= now - passed && stamp < now) bytes += cells[row]?.[cell] ?? 0;
        }
        return Math.round((bytes * 8) / passed);
      };
      return { events: rate(0), live: rate(1), backfill: rate(2) };
    },
  };
}

function second(ms: number): number {
  return Math.floor(ms / 1_000);
}
