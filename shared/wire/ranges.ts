import type { SeqRange } from "./names.ts";

/** Sets of seqs as sorted ranges that neither overlap nor touch. Every function returns a new list. */
export type Ranges = readonly SeqRange[];

/** The set with `range` in it. */
export function withRange(ranges: Ranges, range: SeqRange): SeqRange[] {
  const set: SeqRange[] = [];
  let { first, last } = range;
  let at = 0;
  for (; at < ranges.length; at++) {
    const each = ranges[at];
    if (each === undefined || each.last >= first - 1) break;
    set.push(each);
  }
  for (; at < ranges.length; at++) {
    const each = ranges[at];
    if (each === undefined || each.first > last + 1) break;
    first = Math.min(first, each.first);
    last = Math.max(last, each.last);
  }
  set.push({ first, last });
  for (; at < ranges.length; at++) {
    const each = ranges[at];
    if (each !== undefined) set.push(each);
  }
  return set;
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
  return rangesOf([...a, ...b]);
}

/** What is in `a` and not in `b`. Either may have very many ranges. */
export function minus(a: Ranges, b: Ranges): SeqRange[] {
  if (b.length === 0) return rangesOf(a);
  const left: SeqRange[] = [];
  const without = asSet(b);
  let at = 0;
  for (const { first: from, last } of asSet(a)) {
    let first = from;
    for (let next = without[at]; next !== undefined && next.first <= last; next = without[++at]) {
      if (next.first > first) left.push({ first, last: next.first - 1 });
      first = Math.max(first, next.last + 1);
      // It may reach into the range after this one.
      if (next.last > last) break;
    }
    if (first <= last) left.push({ first, last });
  }
  return left;
}

/** The set of these ranges: the list itself where it is one. */
function asSet(ranges: Ranges): Ranges {
  for (let i = 1; i < ranges.length; i++)
    if ((ranges[i]?.first ?? 0) <= (ranges[i - 1]?.last ?? 0) + 1) return rangesOf(ranges);
  return ranges;
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
export function rangesOf(ranges: readonly SeqRange[]): SeqRange[] {
  const sorted = ranges.map(({ first, last }) => ({ first, last }));
  if (sorted.length < 2) return sorted;
  sorted.sort((x, y) => x.first - y.first);
  const set: SeqRange[] = [];
  let before: SeqRange | undefined;
  for (const range of sorted) {
    if (before !== undefined && range.first <= before.last + 1) before.last = Math.max(before.last, range.last);
    else {
      set.push(range);
      before = range;
    }
  }
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
