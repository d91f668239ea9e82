import type { Id } from "../domain/id.ts";
import { sameChecksum } from "./checksum.ts";
import { type Checksum, type HeldState, heldStates, type SeqRange, type Stream } from "./names.ts";

/**
 * What the cloud has committed, of one stream of one epoch: sorted ranges that don't overlap; neighbours of one state
 * are one range. The checksum is the sum over the range's frames; zero where the state is lost or quarantined.
 */
export type Held = readonly HeldRange[];
export interface HeldRange extends SeqRange {
  state: HeldState;
  checksum: Checksum;
}

/** What the cloud says of one stream of one epoch, in an answer (all of it) and in a receipt (what batches named). */
export interface Statement {
  epoch: Id;
  stream: Stream;
  /** Greatest seq that the cloud knows to have been given. */
  known: number;
  /** Up to here nothing is lacking: every seq is held in some state. */
  watermark: number;
  ranges: HeldRange[];
}

/** Key of a stream of an epoch in maps. */
export type StreamKey = `${Id}/${Stream}`;
export function streamKey(epoch: Id, stream: Stream): StreamKey {
  return `${epoch}/${stream}`;
}

const rank = new Map<HeldState, number>(heldStates.map((state, i) => [state, i]));
/** The position of a state on its way up: lost 0 … expired 4. */
export function rankOf(state: HeldState): number {
  return rank.get(state) ?? 0;
}

/** Both ways frees: the raw values are, or were, there. */
export function isWhole(state: HeldState): boolean {
  return state === "stored" || state === "expired";
}

export type Verdict = "held" | "lack" | "quarantined" | "conflict";

/**
 * What the cloud's word about frames means to who has their originals: the rule that the
 * journal's compare-and-free keeps, and by which the simulation checks it. `said` null: the cloud said nothing of them. Only "held" frees.
 */
export function judge(said: Pick<HeldRange, "state" | "checksum"> | null, own: Checksum): Verdict {
  if (said === null || said.state === "lost" || said.state === "thinned") return "lack";
  if (said.state === "quarantined") return "quarantined";
  return sameChecksum(said.checksum, own) ? "held" : "conflict";
}

/** The watermark of a stream: the greatest seq up to which every one is held in some state. */
export function watermarkOf(held: Held): number {
  let reached = 0;
  for (const range of held) {
    if (range.first !== reached + 1) break;
    reached = range.last;
  }
  return reached;
}

/** The greatest seq that is held in some state; 0 where there is none. */
export function lastOf(held: Held): number {
  return held.at(-1)?.last ?? 0;
}
