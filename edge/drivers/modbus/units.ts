import { type Reason, reasonCode } from "../../../shared/domain/reading.ts";
import { backoff } from "../../../shared/node/backoff.ts";

/** One unit behind a connection: in use, or set aside after it gave no answer, and asked again after a back-off. */
export interface Unit {
  /** Not to be asked yet. */
  aside(now: number): boolean;
  /** It gave a value or refused one: it is there. */
  answered(): void;
  /** It gave no answer at all; set aside, unless it answered since `since`. Times are monotonic, ms. */
  silent(now: number, since: number, reason: Reason, detail?: number): void;
  /** Why it is set aside, as the number of the reason column. */
  readonly reason: number;
}

/** Longest pause between two tries, so that a unit that comes back is read within some seconds. */
export const longestPauseMs = 5_000;

export function openUnit(): Unit {
  const pauses = backoff(250, longestPauseMs);
  let retryAt = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let reason = 0;
  return {
    aside: (now) => now < retryAt,
    answered() {
      answeredAt = performance.now();
      retryAt = 0;
      pauses.reset();
    },
    silent(now, since, why, detail) {
      if (answeredAt >= since) return;
      retryAt = now + pauses.next();
      reason = reasonCode(why, detail);
    },
    get reason() {
      return reason;
    },
  };
}
