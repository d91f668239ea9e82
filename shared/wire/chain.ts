import type { Id } from "../domain/id.ts";
import { Writer } from "./bytes.ts";
import { addChecksums, hashBytes, noChecksum } from "./checksum.ts";
import { type Held, isWhole, lastOf } from "./held.ts";
import type { Predecessor } from "./hello.ts";
import { type Checksum, type Stream, streams } from "./names.ts";
import { writeChecksum } from "./parts.ts";

/** What the cloud says of a stream of an epoch as a whole: the greatest seq that is known, and the sums of what it holds. */
export interface StreamSum {
  last: number;
  /** Over stored and expired frames. */
  whole: Checksum;
  /** Over thinned ones. */
  thinned: Checksum;
}

export type EpochSum = Record<Stream, StreamSum>;

/** What is held of a stream, as one sum; `known` is the greatest seq that was told of. */
export function streamSum(held: Held, known: number): StreamSum {
  let [whole, thinned] = [noChecksum, noChecksum];
  for (const { state, checksum } of held) {
    if (isWhole(state)) whole = addChecksums(whole, checksum);
    if (state === "thinned") thinned = addChecksums(thinned, checksum);
  }
  return { last: Math.max(known, lastOf(held)), whole, thinned };
}

/**
 * The epochs from `head` back to `oldest`, predecessor by predecessor, both included. Without `oldest` as far as the links lead.
 * Null where they don't lead to it.
 */
export function chainOf(
  head: Id,
  oldest: Id | null,
  predecessorOf: (epoch: Id) => Predecessor | undefined,
): Id[] | null {
  const chain = new Set<Id>();
  for (let epoch: Id | null = head; epoch !== null && !chain.has(epoch); ) {
    chain.add(epoch);
    if (epoch === oldest) return [...chain];
    const before: Predecessor | undefined = predecessorOf(epoch);
    epoch = before === null || before === undefined || before === "unknown" ? null : before.epoch;
  }
  return oldest === null ? [...chain] : null;
}

/** One hash over what was stated of the epochs of a chain, in its order; null where nothing was stated of one of them. */
export function hashOfChain(chain: readonly Id[], statedOf: (epoch: Id) => EpochSum | null): Id | null {
  const to = new Writer(64 * chain.length + 1);
  for (const epoch of chain) {
    const stated = statedOf(epoch);
    if (stated === null) return null;
    to.id(epoch);
    for (const stream of streams) {
      const { last, whole, thinned } = stated[stream];
      to.varint(last);
      writeChecksum(to, whole);
      writeChecksum(to, thinned);
    }
  }
  return idOf(hashBytes(to.finish()));
}

/** A 64-bit hash as an id. */
export function idOf({ a, b }: Checksum): Id {
  return [a, b].map((word) => word.toString(16).padStart(8, "0")).join("");
}
