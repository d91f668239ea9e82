/** What came once only is waited for so long, ms: nobody knows yet how often it comes. */
const firstWaitMs = 10_000;

/** How often something comes, ms, after one more `distance`; 0 is "not known yet". A silence counts as three times the usual distance at most. */
export function paceAfter(everyMs: number, distance: number): number {
  const most = everyMs === 0 ? 60_000 : Math.max(3_000, 3 * everyMs);
  return Math.max(Math.min(distance, most), everyMs * 0.9);
}

/** Silence after which what comes `everyMs` should have come again: three times that, and between 3 s and 3 min. */
export function silentAfterMs(everyMs: number): number {
  return everyMs === 0 ? firstWaitMs : 3 * Math.min(60_000, Math.max(1_000, everyMs));
}

/** When a rig was last heard on this page, and how often it is; null before its first message. */
export interface Heard {
  at: number;
  everyMs: number;
}

/** Whether a rig reports, by the page's own clock where it was heard here, else as the server says. */
export function standingOf<T extends { online: boolean; seenAt: number | null }>(
  rig: T,
  heard: Heard | null,
  now: number,
): T {
  if (heard === null) return rig;
  const online = now - heard.at <= silentAfterMs(heard.everyMs);
  return { ...rig, online, seenAt: online ? rig.seenAt : heard.at };
}
