import { z } from "zod";
import { EpochMs, MAX_EPOCH_MS } from "./id.ts";

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

/** Words that contradict one another by no more than this, ms, beyond what they are unsure of are still kept in order. */
const SLACK_MS = 1_000;

/** From a moment of the monotonic clock on one anchor counts; it gives no time before `floor` (ms UTC), which is as unsure as `unsure` says (ms). */
interface Step {
  from: number;
  anchor: ClockAnchor;
  floor: number;
  unsure: number;
}

/**
 * The one rule by which rig and office date the frames of a boot, of whose anchors all are given in any order. A frame goes by the surest of the words that
 * were told before it, and by the first one if there was none: so a later word moves nothing that has its time. Where a surer word says that it is earlier
 * than the last one did, time stands until it has caught up: the order of the monotonic clock is the order of the dated times, as long as the words agree
 * within what they are unsure of. The function gives the anchor for a moment of the monotonic clock; null where there is no word.
 */
export function datingBy(anchors: readonly ClockAnchor[]): (mono: number) => ClockAnchor | null {
  const steps: Step[] = [];
  for (const anchor of anchors.toSorted(earliestFirst)) {
    const last = steps.at(-1);
    if (last === undefined) {
      steps.push({ from: Number.NEGATIVE_INFINITY, anchor, floor: Number.NEGATIVE_INFINITY, unsure: 0 });
      continue;
    }
    const before = anchorOf(last, anchor.mono);
    const unsure = uncertaintyAt(before, anchor.mono);
    const own = uncertaintyAt(anchor, anchor.mono);
    if (own >= uncertaintyAt(last.anchor, anchor.mono)) continue;
    const reached = Math.round(trueTime(before, anchor.mono));
    const isHeld = reached - anchor.at <= unsure + own + SLACK_MS;
    steps.push({ from: anchor.mono, anchor, floor: isHeld ? reached : Number.NEGATIVE_INFINITY, unsure });
  }
  return (mono) => {
    const step = steps.findLast(({ from }) => from <= mono);
    return step === undefined ? null : anchorOf(step, mono);
  };
}

function earliestFirst(one: ClockAnchor, other: ClockAnchor): number {
  return one.mono - other.mono || (one.uncertainty ?? 0) - (other.uncertainty ?? 0) || one.at - other.at;
}

/** A step's anchor, or while time stands one of this moment alone. */
function anchorOf({ anchor, floor, unsure }: Step, mono: number): ClockAnchor {
  if (trueTime(anchor, mono) >= floor) return anchor;
  return { at: floor, mono, uncertainty: Math.max(unsure, uncertaintyAt(anchor, mono)), by: anchor.by };
}

/** What time it was (ms UTC, not rounded) at a moment of the monotonic clock. */
export function trueTime(anchor: Pick<ClockAnchor, "at" | "mono">, mono: number): number {
  return anchor.at + (mono - anchor.mono);
}

/** By how many whole ms the times of a frame, taken by the rig's own clock, are off: add it to each. NaN without an anchor, and where that comes to no date. */
export function shiftOf(
  { receivedAt, mono }: { receivedAt: number; mono: number },
  anchor: Pick<ClockAnchor, "at" | "mono"> | null,
): number {
  const shift = anchor === null ? Number.NaN : Math.round(trueTime(anchor, mono) - receivedAt);
  return Math.abs(receivedAt + shift) <= MAX_EPOCH_MS ? shift : Number.NaN;
}
