import { z } from "zod";
import { EpochMs } from "./id.ts";

/** Who said what time it was: a time server, through the machine's own time daemon, or the office, in a signed answer. */
export const TimeSource = z.enum(["time server", "office"]);
export type TimeSource = z.infer<typeof TimeSource>;

/**
 * Ties a boot's monotonic clock to true time: when that clock stood at `mono` (ms) it was `at` (ms UTC), give or take `uncertainty` ms (null where
 * nobody tells). Holds for every frame of the same boot, of whatever run of the daemon.
 */
export const ClockAnchor = z.object({
  at: EpochMs,
  mono: z.number(),
  uncertainty: z.number().nonnegative().nullable(),
  by: TimeSource,
});
export type ClockAnchor = z.infer<typeof ClockAnchor>;

/** By so much a monotonic clock may run wrong: ms a ms. Quartz is off by 50 parts in a million at most, and a rig box is hot or cold. */
const DRIFT = 1e-4;

/** How far the time may be off, ms, that an anchor gives for a moment of the monotonic clock. Who told no uncertainty is believed, as a synchronised clock is. */
export function uncertaintyAt(anchor: Pick<ClockAnchor, "mono" | "uncertainty">, mono: number): number {
  return (anchor.uncertainty ?? 0) + Math.abs(mono - anchor.mono) * DRIFT;
}

/** The anchor that tells best what time it was at a moment of their boot's monotonic clock; of equals the first. Null where there is none. */
export function bestAnchor(anchors: readonly ClockAnchor[], mono: number): ClockAnchor | null {
  let best: ClockAnchor | null = null;
  for (const anchor of anchors)
    if (best === null || uncertaintyAt(anchor, mono) < uncertaintyAt(best, mono)) best = anchor;
  return best;
}

/** What time it was (ms UTC, not rounded) at a moment of the monotonic clock. */
export function trueTime(anchor: Pick<ClockAnchor, "at" | "mono">, mono: number): number {
  return anchor.at + (mono - anchor.mono);
}

/** By how many whole ms the times of a frame, taken by the rig's own clock, are off: add it to each. */
export function shiftOf(
  { receivedAt, mono }: { receivedAt: number; mono: number },
  anchor: Pick<ClockAnchor, "at" | "mono">,
): number {
  return Math.round(trueTime(anchor, mono) - receivedAt);
}
