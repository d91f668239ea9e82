import type { Id } from "../domain/id.ts";

interface Page {
  page: number;
  pages: number;
}

/** Collects the pages of one message, in any order, repeats ignored; whole only when all are in. */
export class Pages<T extends Page> {
  private readonly of = new Map<Id, (T | undefined)[]>();

  /** `name` tells messages apart. All pages in order, once they are in; null before. At most two messages are kept. */
  add(name: Id, page: T): T[] | null {
    const seen = this.of.get(name) ?? new Array<T | undefined>(page.pages).fill(undefined);
    if (seen.length !== page.pages || page.page >= page.pages) return null;
    seen[page.page] ??= page;
    this.of.delete(name);
    const whole = seen.filter((each) => each !== undefined);
    if (whole.length === page.pages) return whole;
    this.of.set(name, seen);
    for (const oldest of this.of.keys()) {
      if (this.of.size <= 2) break;
      this.of.delete(oldest);
    }
    return null;
  }

  /** The same pages, apart from these. */
  copy(): Pages<T> {
    const copy = new Pages<T>();
    for (const [name, pages] of this.of) copy.of.set(name, [...pages]);
    return copy;
  }

  clear(): void {
    this.of.clear();
  }

  /** Drops what has begun and `unwanted` says so of. */
  drop(unwanted: (page: T) => boolean): void {
    for (const [name, pages] of this.of)
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
