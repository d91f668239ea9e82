/** How fast the journal grows. */
export interface Growth {
  /** Bytes that one frame takes on the disk, on average of late; null before the first. */
  frameBytes: number | null;
  bytesPerDay: number | null;
}

/** Bytes that a row and its place in the index take besides the frame itself. */
const ROW_BYTES = 48;
const DAY_MS = 86_400_000;
/** Of the newest frame in the running averages. */
const WEIGHT = 0.02;
/** Before so much time has passed a rate would be a guess. */
const LEAST_MS = 30_000;

/** Follows what is committed. `mono` is monotonic, in ms. */
export function openForecast(mono: () => number = () => performance.now()) {
  let frameBytes: number | null = null;
  let window = { since: mono(), bytes: 0 };
  let rate: number | null = null;

  return {
    /** Takes in the encoded size of a committed frame. */
    add(bytes: number): void {
      const size = bytes + ROW_BYTES;
      frameBytes = frameBytes === null ? size : frameBytes + WEIGHT * (size - frameBytes);
      window.bytes += size;
      const passed = mono() - window.since;
      if (passed < LEAST_MS) return;
      const now = (window.bytes / passed) * DAY_MS;
      rate = rate === null ? now : rate + 0.1 * (now - rate);
      window = { since: mono(), bytes: 0 };
    },
    growth: (): Growth => ({ frameBytes, bytesPerDay: rate }),
  };
}

/** How long frames can be kept without a link, ms: what the budget leaves them, since delivered ones make room. Null while the rate is not known. */
export function roomMs(budgetBytes: number, owedBytes: number, { bytesPerDay }: Growth): number | null {
  if (bytesPerDay === null || bytesPerDay === 0) return null;
  return (Math.max(0, budgetBytes - owedBytes) / bytesPerDay) * DAY_MS;
}
