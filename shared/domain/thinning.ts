import type { Kind, Limits, TagVersion } from "./tag.ts";

/**
 * How far off a reading may lie that is left out when frames are thinned: as a share of its tag's band, for a tag without alarms. Of what is
 * alarmed the bound is narrower, by `shares`; of a tag without a band only what says the same once more is left out.
 */
export const THIN_BOUND = 0.005;
/** A band is no wider than what its tag can change in so many seconds: what is plausible for a depth is far more than what matters. */
const BAND_S = 20;

/** By the most urgent of a tag's limits (1 critical to 4 low; 0 none): its share of the bound that thinned frames state. Part of the contract: both sides reckon by it. */
const shares: Readonly<Record<0 | 1 | 2 | 3 | 4, number>> = { 0: 1, 1: 0, 2: 0.1, 3: 0.25, 4: 0.5 };

/** A tag's own bound in engineering units, where frames state `bound`. 0: only what repeats the same value was left out. */
export function thinBound({ kind, limits }: Pick<TagVersion, "kind" | "limits">, bound: number): number {
  // All changes of what counts, switches or says something in words are kept.
  if (kind.type === "flag" || kind.type === "text" || (kind.type === "scaled" && kind.bits === 64)) return 0;
  const [low, high] = limits.normal ?? limits.sane ?? [0, 0];
  const band = Math.min(high - low, (limits.maxStep ?? Number.POSITIVE_INFINITY) * BAND_S);
  return Number.isFinite(band) && band > 0 ? band * bound * shares[priorityOf(limits)] : 0;
}

/** The same for the value as read. */
export function rawThinBound(version: Pick<TagVersion, "kind" | "limits">, bound: number): number {
  const scale = Math.abs(scaleOf(version.kind));
  return scale === 0 ? 0 : thinBound(version, bound) / scale;
}

function priorityOf({ ll, l, h, hh }: Limits): 0 | 1 | 2 | 3 | 4 {
  let most: 0 | 1 | 2 | 3 | 4 = 0;
  for (const limit of [ll, l, h, hh])
    if (limit !== undefined && (most === 0 || limit.priority < most)) most = limit.priority;
  return most;
}

function scaleOf(kind: Kind): number {
  return kind.type === "flag" || kind.type === "text" ? 1 : kind.scale;
}
