/** How fast the journal grows. */
export interface Growth {
  /** Bytes that one frame takes on the disk, on average of late; null before the first. */
  frameBytes: number | null;
  /** Null while it is measured. */
  bytesPerDay: number | null;
}

/** Bytes that a row and its place in the index take besides the frame itself. */
const ROW_BYTES = 48;
const DAY_MS = 86_400_000;
/** Of the newest frame in the running averages. */
const WEIGHT = 0.02;
/** A rate is taken over so long. */
const WINDOW_MS = 30_000;
/** What is stored at the start (definitions, open alarms) is not how it goes on: so many windows do not count. */
const SKIPPED = 1;
/** Before so many count, a rate would be a guess. */
const LEAST = 4;
/** Of the newest window once there are many; before, all weigh alike. */
const NEWEST = 0.1;

/** Follows what is committed. `mono` is monotonic, in ms. */
export function openForecast(mono: () => number = () => performance.now()) {
  let frameBytes: number | null = null;
  let window = { since: mono(), bytes: 0 };
  let rate = 0;
  let windows = -SKIPPED;

  return {
    /** Takes in the encoded size of a committed frame. */
    add(bytes: number): void {
      const size = bytes + ROW_BYTES;
      frameBytes = frameBytes === null ? size : frameBytes + WEIGHT * (size - frameBytes);
      window.bytes += size;
      const passed = mono() - window.since;
      if (passed < WINDOW_MS) return;
      windows += 1;
      if (windows > 0) rate += Math.max(NEWEST, 1 / windows) * ((window.bytes / passed) * DAY_MS - rate);
      window = { since: mono(), bytes: 0 };
    },
    growth: (): Growth => ({ frameBytes, bytesPerDay: windows < LEAST ? null : rate }),
  };
}

/** How long frames can be kept without a link, ms: what the budget leaves them, since delivered ones make room. Null while the rate is not known. */
export function roomMs(budgetBytes: number, owedBytes: number, { bytesPerDay }: Growth): number | null {
  if (bytesPerDay === null || bytesPerDay === 0) return null;
  return (Math.max(0, budgetBytes - owedBytes) / bytesPerDay) * DAY_MS;
}
