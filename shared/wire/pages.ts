import type { Id } from "../domain/id.ts";

interface Page {
  page: number;
  pages: number;
}

/** One message of which pages are missing. */
interface Unfinished<T> {
  pages: (T | undefined)[];
  weight: number;
  /** Of its newest page. */
  at: number;
}

/** What unfinished messages may take: in all, by `weight` of each page, and how long after its newest page one is kept, in the caller's time. */
export interface PagesBound<T> {
  weight(page: T): number;
  most: number;
  keepMs: number;
}

/** Collects the pages of one message, in any order, repeats ignored; whole only when all are in. */
export class Pages<T extends Page> {
  private readonly of = new Map<Id, Unfinished<T>>();
  private readonly bound: PagesBound<T>;

  constructor(bound: PagesBound<T> = { weight: () => 0, most: 0, keepMs: Number.POSITIVE_INFINITY }) {
    this.bound = bound;
  }

  /** `name` tells messages apart. All pages in order, once they are in; null before. At most two messages are kept, and none beyond the bound. */
  add(name: Id, page: T, now = 0): T[] | null {
    const seen = this.of.get(name) ?? {
      pages: new Array<T | undefined>(page.pages).fill(undefined),
      weight: 0,
      at: now,
    };
    if (seen.pages.length !== page.pages || page.page >= page.pages) return null;
    if (seen.pages[page.page] === undefined) {
      seen.pages[page.page] = page;
      seen.weight += this.bound.weight(page);
      seen.at = now;
    }
    this.of.delete(name);
    const whole = seen.pages.filter((each) => each !== undefined);
    if (whole.length === page.pages) return whole;
    this.of.set(name, seen);
    for (const oldest of this.of.keys()) {
      if (this.of.size <= 2 && this.weight <= this.bound.most) break;
      this.of.delete(oldest);
    }
    return null;
  }

  /** Of all that is unfinished. */
  get weight(): number {
    let sum = 0;
    for (const { weight } of this.of.values()) sum += weight;
    return sum;
  }

  /** When the next unfinished message is too old; Infinity for none. */
  get oldAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { at } of this.of.values()) first = Math.min(first, at + this.bound.keepMs);
    return first;
  }

  /** The same pages, apart from these. */
  copy(): Pages<T> {
    const copy = new Pages<T>(this.bound);
    for (const [name, unfinished] of this.of) copy.of.set(name, { ...unfinished, pages: [...unfinished.pages] });
    return copy;
  }

  clear(): void {
    this.of.clear();
  }

  /** Drops what is too old by now. */
  dropOld(now: number): void {
    for (const [name, { at }] of this.of) if (at + this.bound.keepMs <= now) this.of.delete(name);
  }

  /** Drops what has begun and `unwanted` says so of. */
  drop(unwanted: (page: T) => boolean): void {
    for (const [name, { pages }] of this.of)
      if (pages.some((page) => page !== undefined && unwanted(page))) this.of.delete(name);
  }
}

/** Cuts a list of entries into pages of at most `limit` weight each (one entry may weigh more); one empty page for none. */
export function pagesOf<T>(entries: readonly T[], limit: number, weight: (entry: T) => number): T[][] {
  const pages: T[][] = [[]];
  let used = 0;
  for (const entry of entries) {
    const size = weight(entry);
    if (used > 0 && used + size > limit) {
      pages.push([]);
      used = 0;
    }
    pages.at(-1)?.push(entry);
    used += size;
  }
  return pages;
}
