import { addChecksums, noChecksum, sameChecksum, sumOfFrames } from "./checksum.ts";
import { type Held, type HeldRange, rankOf } from "./held.ts";
import type { Checksum, SeqRange } from "./names.ts";
import { intersection, minus, overlap, rangesOf } from "./ranges.ts";

/** What a batch of frames does to what is held of its stream. */
export interface Outcome {
  /** The frames that count: they were not held in this state or a higher one. */
  counted: SeqRange[];
  /** What is held afterwards, still cut where it was; `merged` makes it what is to be stored. */
  cut: HeldRange[];
  /** Where the archive's content is another than the batch's. */
  conflicts: { range: SeqRange; archive: Checksum; batch: Checksum }[];
}

/** Sum of the frames of `range` of a batch that begins at `first`; `sums` are two numbers a frame. */
export function sumOf(sums: Uint32Array, first: number, range: SeqRange): Checksum {
  return sumOfFrames(sums, range.first - first, range.last - first + 1);
}

/**
 * Lands a batch: an original counts unless it is stored or expired, or thinned from another one; a thinned frame also not where
 * a thinned one is.
 * `held` must be cut at the batch's ends, but for expired ranges, which may be beyond cutting.
 */
export function landed(held: Held, batch: SeqRange, sums: Uint32Array, state: "stored" | "thinned"): Outcome {
  const here = held.filter((each) => overlap(each, batch));
  const isOther = (each: HeldRange) => !sameChecksum(each.checksum, sumOf(sums, batch.first, each));
  // A thinned frame has its original's checksum: another one's original is no successor of it.
  const isForeign = (each: HeldRange) => each.state === "thinned" && isInside(each, batch) && isOther(each);
  const above = here.filter((each) => rankOf(each.state) >= rankOf(state) || isForeign(each));
  const counted = minus([batch], rangesOf(above));
  const conflicts: Outcome["conflicts"] = [];
  for (const each of above) {
    if (state === "thinned") continue;
    if (!isInside(each, batch)) {
      if (each.state === "stored") throw notCut(each, batch);
      // An expired range can't be cut once its values are gone, nor compared with a part of it.
      continue;
    }
    const range = { first: each.first, last: each.last };
    if (isOther(each)) conflicts.push({ range, archive: each.checksum, batch: sumOf(sums, batch.first, range) });
  }
  let after: Held = held;
  for (const range of counted) after = put(after, { ...range, state, checksum: sumOf(sums, batch.first, range) });
  return { counted, cut: [...after], conflicts };
}

/** Raises what is not yet held in this state or a higher one, of frames that nobody has read: lost, quarantined. */
export function raised(
  held: Held,
  ranges: readonly SeqRange[],
  state: "lost" | "quarantined",
): Omit<Outcome, "conflicts"> {
  const above = held.filter((each) => rankOf(each.state) >= rankOf(state));
  const counted = minus(rangesOf(ranges), rangesOf(above));
  const fresh = counted.map((range) => ({ ...range, state, checksum: noChecksum }));
  // Nothing lies under what is lost; there may be very much of it.
  if (state === "lost") return { counted, cut: [...held, ...fresh].sort((x, y) => x.first - y.first) };
  let after: Held = held;
  for (const range of fresh) after = put(after, range);
  return { counted, cut: [...after] };
}

/** Puts a range in the place of what lies under it. Throws where that would split a sum. */
function put(held: Held, range: HeldRange): HeldRange[] {
  const out: HeldRange[] = [];
  for (const each of held) {
    const left = overlap(each, range) ? minus([each], [range]) : [each];
    if (left.length > 0 && overlap(each, range) && rankOf(each.state) >= rankOf("thinned")) throw notCut(each, range);
    for (const part of left) out.push({ ...each, first: part.first, last: part.last });
  }
  return [...out, range].sort((x, y) => x.first - y.first);
}

/** Neighbours of one state become one range. */
export function merged(held: Held, apart: (before: HeldRange, next: HeldRange) => boolean = () => false): HeldRange[] {
  const out: HeldRange[] = [];
  for (const each of held) {
    const before = out.at(-1);
    if (before !== undefined && before.last + 1 === each.first && before.state === each.state && !apart(before, each)) {
      out[out.length - 1] = { ...before, last: each.last, checksum: addChecksums(before.checksum, each.checksum) };
    } else out.push(each);
  }
  return out;
}

/** The part of what is held that lies in `range`; an expired range that is not cut at its ends comes whole. */
export function within(held: Held, range: SeqRange): HeldRange[] {
  return held.flatMap((each) =>
    each.state === "expired" && overlap(each, range)
      ? [each]
      : intersection([each], [range]).map((part) => ({ ...each, ...part })),
  );
}

function isInside(inner: SeqRange, outer: SeqRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

function notCut(held: SeqRange, at: SeqRange): Error {
  return new Error(`held ${held.first}..${held.last} is not cut at ${at.first}..${at.last}`);
}
