import type { SeqRange } from "./names.ts";

/** Sets of seqs as sorted ranges that neither overlap nor touch. Every function returns a new list. */
export type Ranges = readonly SeqRange[];

/** The set with `range` in it. */
export function withRange(ranges: Ranges, range: SeqRange): SeqRange[] {
  const before = ranges.filter((each) => each.last < range.first - 1);
  const after = ranges.filter((each) => each.first > range.last + 1);
  let { first, last } = range;
  for (const each of ranges) {
    if (each.last < range.first - 1 || each.first > range.last + 1) continue;
    first = Math.min(first, each.first);
    last = Math.max(last, each.last);
  }
  return [...before, { first, last }, ...after];
}

/** The set without the seqs of `range`. */
export function withoutRange(ranges: Ranges, range: SeqRange): SeqRange[] {
  const left: SeqRange[] = [];
  for (const each of ranges) {
    if (each.last < range.first || each.first > range.last) left.push({ first: each.first, last: each.last });
    else {
      if (each.first < range.first) left.push({ first: each.first, last: range.first - 1 });
      if (each.last > range.last) left.push({ first: range.last + 1, last: each.last });
    }
  }
  return left;
}

export function union(a: Ranges, b: Ranges): SeqRange[] {
  return b.reduce<SeqRange[]>(withRange, rangesOf(a));
}

/** What is in `a` and not in `b`. */
export function minus(a: Ranges, b: Ranges): SeqRange[] {
  return b.reduce<SeqRange[]>(withoutRange, rangesOf(a));
}

/** What is in both. */
export function intersection(a: Ranges, b: Ranges): SeqRange[] {
  const both: SeqRange[] = [];
  for (const x of a)
    for (const y of b) {
      const first = Math.max(x.first, y.first);
      const last = Math.min(x.last, y.last);
      if (first <= last) both.push({ first, last });
    }
  return both;
}

/** The set of these ranges in any order, overlapping or not. */
export function rangesOf(ranges: Iterable<SeqRange>): SeqRange[] {
  let set: SeqRange[] = [];
  for (const range of ranges) set = withRange(set, range);
  return set;
}

export function holds(ranges: Ranges, seq: number): boolean {
  return ranges.some((range) => range.first <= seq && seq <= range.last);
}

/** How many seqs there are. */
export function countOf(ranges: Ranges): number {
  return ranges.reduce((sum, range) => sum + range.last - range.first + 1, 0);
}

export function overlap(a: SeqRange, b: SeqRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}
