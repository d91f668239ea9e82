/** A rate is taken from the samples of so long. Receipts come every few seconds, so what waits falls in steps. */
const WINDOW_MS = 30_000;
/** Before so much time has passed a rate would be a guess. */
const LEAST_MS = 6_000;

/** How long what waits will take, from how fast it became less of late. */
export interface Drain {
  /** Takes in how much waits now, about once a second; null while there is no link: what came before it says nothing then. */
  note(waiting: number | null): void;
  /** Until nothing waits at the measured rate, ms; null while that is not known, or while it grows. */
  leftMs(): number | null;
}

/** `mono` is monotonic, in ms. */
export function openDrain(mono: () => number = () => performance.now()): Drain {
  let samples: { at: number; waiting: number }[] = [];
  return {
    note(waiting) {
      const at = mono();
      samples = waiting === null ? [] : [...samples.filter((each) => at - each.at <= WINDOW_MS), { at, waiting }];
    },
    leftMs() {
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined) return null;
      const [passed, drained] = [last.at - first.at, first.waiting - last.waiting];
      if (passed < LEAST_MS || drained <= 0) return null;
      return (last.waiting / drained) * passed;
    },
  };
}
