import { silentAfterMs } from "../../../shared/domain/pace.ts";

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
  return { ...rig, online, seenAt: online ? rig.seenAt : Math.max(heard.at, rig.seenAt ?? heard.at) };
}
