import type { Block } from "../../shared/domain/reading.ts";
import { type Representation, rawNumber } from "../../shared/domain/reading.ts";
import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";

/** What is checked of each tag, as columns by position in the dictionary. */
export interface Checks {
  as: Representation[];
  unsigned: Uint8Array;
  scale: Float64Array;
  offset: Float64Array;
  /** Sane range; infinite where there is none. */
  least: Float64Array;
  most: Float64Array;
  /** A little below zero counts as zero drift down to here, on tags that can't be negative. */
  drift: Float64Array;
  /** Largest step a second; infinite where there is none. */
  maxStep: Float64Array;
  /** Ms; infinite where a still value is no fault. */
  flatAfterMs: Float64Array;
  /** Around zero, and below what is normal, a value may be still: nothing turns, nothing flows. */
  rest: Float64Array;
  sentinels: (readonly number[])[];
}

/** Share of the range that passes for a drifted zero. */
const driftShare = 0.02;

export function checksOf(tags: readonly TagVersion[], sentinels: readonly (readonly number[])[]): Checks {
  const column = (of: (tag: TagVersion) => number) => Float64Array.from(tags, of);
  const scaling = (tag: TagVersion) => (tag.kind.type === "flag" || tag.kind.type === "text" ? null : tag.kind);
  const range = ({ limits: { sane } }: TagVersion) => (sane === undefined ? 0 : sane[1] - sane[0]);
  return {
    as: tags.map((tag) => representationOf(tag.kind)),
    unsigned: Uint8Array.from(tags, ({ kind }) => Number(kind.type === "scaled" && !kind.signed)),
    scale: column((tag) => scaling(tag)?.scale ?? 1),
    offset: column((tag) => scaling(tag)?.offset ?? 0),
    least: column((tag) => tag.limits.sane?.[0] ?? Number.NEGATIVE_INFINITY),
    most: column((tag) => tag.limits.sane?.[1] ?? Number.POSITIVE_INFINITY),
    drift: column((tag) => (tag.limits.sane?.[0] === 0 ? -driftShare * range(tag) : Number.POSITIVE_INFINITY)),
    maxStep: column((tag) => tag.limits.maxStep ?? Number.POSITIVE_INFINITY),
    flatAfterMs: column((tag) => (tag.limits.flatAfterS ?? Number.POSITIVE_INFINITY) * 1_000),
    rest: column((tag) => Math.min(driftShare * range(tag), leastNormal(tag))),
    // A sentinel in a REAL is the nearest float32 to what the configuration writes.
    sentinels: tags.map((tag, i) => (tag.kind.type === "real" ? sentinels[i]?.map(Math.fround) : sentinels[i]) ?? []),
  };
}

/** A normal value is none at rest, however small beside the sane range; infinite where normal is unknown or begins at zero. */
function leastNormal({ limits: { normal } }: TagVersion): number {
  return normal !== undefined && normal[0] > 0 ? normal[0] : Number.POSITIVE_INFINITY;
}

/** The reading as a number before scale and offset, a 64-bit value above 2^63 as such. */
export function rawOf(checks: Checks, block: Block, i: number, tag: number): number {
  const as = checks.as[tag] ?? "double";
  const raw = rawNumber(block, i, as);
  return as === "long" && raw < 0 && checks.unsigned[tag] === 1 ? raw + 2 ** 64 : raw;
}
