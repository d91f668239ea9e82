import { BAD, type Block, NO_VALUE, QUALITY_MASK, type Representation, rawNumber } from "../domain/reading.ts";

/** However still a value is, one reading of its tag is kept in this time, ms: so that each minute's summary still has one. */
export const THIN_KEEP_MS = 60_000;

/**
 * Which readings of consecutive frames are kept when they are thinned: a byte a reading, by frame. Of each tag: the first and the last
 * reading; whatever is bad; whatever differs from the one that was kept last in quality or reason, or by more than half its bound (of a
 * text, a flag, or where the bound is 0: at all); the one before that; one a minute. So a reading that was left out lies no further off than
 * the bound, whether the kept ones are joined by steps or by straight lines. A tag whose times do not rise keeps all. What is kept is kept
 * again. `bounds` are of values as read, by position in the dictionary.
 */
export function keptOf(
  blocks: readonly Block[],
  representations: readonly Representation[],
  bounds: readonly number[],
): Uint8Array[] {
  const kept = blocks.map((block) => new Uint8Array(block.length));
  const rising = risingTags(blocks, representations.length);
  const anchors = new Map<number, Place>();
  const pending = new Map<number, Place>();
  for (const [f, block] of blocks.entries()) {
    const mask = kept[f];
    if (mask === undefined) continue;
    for (let i = 0; i < block.length; i++) {
      const tag = block.tag[i] ?? 0;
      const here = { block, mask, i };
      const anchor = anchors.get(tag);
      const follows =
        anchor !== undefined &&
        rising[tag] === 1 &&
        isNear(anchor, here, representations[tag] ?? "double", bounds[tag] ?? 0);
      if (follows && (block.at[i] ?? 0) - (anchor.block.at[anchor.i] ?? 0) < THIN_KEEP_MS) {
        pending.set(tag, here);
        continue;
      }
      const before = pending.get(tag);
      // Once a minute there is no step to show.
      if (before !== undefined && !follows) before.mask[before.i] = 1;
      pending.delete(tag);
      mask[i] = 1;
      anchors.set(tag, here);
    }
  }
  for (const { mask, i } of pending.values()) mask[i] = 1;
  return kept;
}

/** A reading of a frame, and where it is noted whether it is kept. */
interface Place {
  block: Block;
  mask: Uint8Array;
  i: number;
}

function isNear(anchor: Place, here: Place, as: Representation, bound: number): boolean {
  const [a, b] = [anchor.block, here.block];
  const [i, k] = [anchor.i, here.i];
  const status = b.status[k] ?? BAD;
  if ((status & QUALITY_MASK) === BAD || (status & NO_VALUE) !== 0) return false;
  if (a.status[i] !== status || a.reason[i] !== b.reason[k]) return false;
  if (as === "text") return a.texts[a.value[i] ?? 0] === b.texts[b.value[k] ?? 0];
  if (bound === 0 || as === "flag" || as === "long")
    return a.words[2 * i] === b.words[2 * k] && a.words[2 * i + 1] === b.words[2 * k + 1];
  return Math.abs(rawNumber(a, i, as) - rawNumber(b, k, as)) <= bound / 2;
}

/** 1 for each tag whose readings rise in time. */
function risingTags(blocks: readonly Block[], tags: number): Uint8Array {
  const rising = new Uint8Array(tags).fill(1);
  const last = new Float64Array(tags).fill(Number.NEGATIVE_INFINITY);
  for (const { length, tag, at } of blocks) {
    for (let i = 0; i < length; i++) {
      const [t, time] = [tag[i] ?? 0, at[i] ?? 0];
      if (!(time > (last[t] ?? 0))) rising[t] = 0;
      last[t] = time;
    }
  }
  return rising;
}
