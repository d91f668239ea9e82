/** What came once only is waited for so long, ms: nobody knows yet how often it comes. */
const firstWaitMs = 10_000;
/** The most that a rig may be told to wait between two batches or previews (`uplink.previewMs`), ms. */
const slowestMs = 3_600_000;

/** How often something comes, ms, after one more `distance`; 0 is "not known yet". A silence counts as three times the usual distance at most. */
export function paceAfter(everyMs: number, distance: number): number {
  const most = everyMs === 0 ? slowestMs : Math.max(3_000, 3 * everyMs);
  return Math.max(Math.min(distance, most), everyMs * 0.9);
}

/** Silence after which what comes `everyMs` should have come again: three times that, and between 3 s and 3 h. */
export function silentAfterMs(everyMs: number): number {
  return everyMs === 0 ? firstWaitMs : 3 * Math.min(slowestMs, Math.max(1_000, everyMs));
}
