import type { HmiTrack } from "../../shared/domain/hmi.ts";
import { BAD, QUALITY_MASK, reasonText } from "../../shared/domain/reading.ts";
import type { TagReadings } from "./rig-view.ts";

/** Readings of one tag in `points` buckets of equal length. Least and greatest are of values that are not bad; a bucket without one is a hole, never joined. */
export function trackOf(readings: TagReadings, from: number, to: number, points: number): HmiTrack {
  const low = new Array<number | null>(points).fill(null);
  const high = new Array<number | null>(points).fill(null);
  const bad = new Map<number, Map<number, number>>();
  const width = (to - from) / points;
  for (let i = 0; i < readings.at.length; i += 1) {
    const bucket = Math.floor(((readings.at[i] ?? 0) - from) / width);
    if (bucket < 0 || bucket >= points) continue;
    const value = readings.value[i] ?? Number.NaN;
    if (((readings.status[i] ?? 0) & QUALITY_MASK) === BAD || !Number.isFinite(value)) {
      const reasons = bad.get(bucket) ?? new Map<number, number>();
      bad.set(bucket, reasons);
      const reason = readings.reason[i] ?? 0;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      continue;
    }
    low[bucket] = Math.min(low[bucket] ?? value, value);
    high[bucket] = Math.max(high[bucket] ?? value, value);
  }
  const at = Array.from({ length: points }, (_, bucket) => Math.round(from + (bucket + 0.5) * width));
  return { tag: readings.tag, at, low, high, holes: holesOf(low, bad, from, width) };
}

/** Spans of buckets in which only bad readings came, with the reason that came most often. Buckets without any reading are holes too, unless a slow tag merely skipped one. */
function holesOf(low: (number | null)[], bad: Map<number, Map<number, number>>, from: number, width: number) {
  const holes: HmiTrack["holes"] = [];
  let open: { first: number; reasons: Map<number, number> } | null = null;
  for (let bucket = 0; bucket <= low.length; bucket += 1) {
    const reasons = bad.get(bucket);
    if (bucket < low.length && low[bucket] === null && reasons !== undefined) {
      open ??= { first: bucket, reasons: new Map() };
      for (const [reason, count] of reasons) open.reasons.set(reason, (open.reasons.get(reason) ?? 0) + count);
    } else if (open !== null && (bucket === low.length || low[bucket] !== null)) {
      const most = [...open.reasons].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
      holes.push({
        from: Math.round(from + open.first * width),
        to: Math.round(from + bucket * width),
        reason: reasonText(most[0]),
      });
      open = null;
    }
  }
  return holes;
}
