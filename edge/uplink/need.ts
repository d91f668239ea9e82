/** What goes besides backfill while the link is up and live goes whole: events, live, receipts. */
export interface Need {
  /** Takes in what went since the last call; `whole`: the link was up, and live was not held back. */
  add(bytes: number, whole: boolean): void;
  /** Bytes a millisecond of late; null before enough was measured. */
  bytesPerMs(): number | null;
}

const LEAST_MS = 60_000;
/** The past counts half after so much. */
const HALF_MS = 600_000;

/** `mono` is monotonic, in ms. */
export function openNeed(mono: () => number): Need {
  let at = mono();
  let [bytes, ms] = [0, 0];
  let measured = 0;
  return {
    add(more, whole) {
      const passed = Math.max(0, mono() - at);
      at += passed;
      if (!whole) return;
      const fade = 0.5 ** (passed / HALF_MS);
      bytes = bytes * fade + more;
      ms = ms * fade + passed;
      measured += passed;
    },
    bytesPerMs: () => (measured < LEAST_MS ? null : bytes / ms),
  };
}
