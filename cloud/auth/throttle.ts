/**
 * Slows down guessing. Misses count by account and source together, so that nobody can lock another's account from elsewhere; misses by
 * source alone count only against accounts that never signed in from there.
 */
export interface Throttle {
  /** Seconds to wait before this account may be tried from this source; 0: now. The right password makes no difference. */
  waitS(account: string, source: string): number;
  missed(account: string, source: string): void;
  /** Takes back the miss that this try was counted as. */
  succeeded(account: string, source: string): void;
}

interface Misses {
  count: number;
  until: number;
}

/** Misses that cost nothing; then 1 s, doubling. */
const freeMisses = 5;
const freeMissesOfSource = 50;
const longestMs = 15 * 60_000;
/** Entries kept, the oldest forgotten first: bounded memory, whatever is tried. */
const mostEntries = 20_000;

export function loginThrottle(now: () => number = Date.now): Throttle {
  const pairs = new Map<string, Misses>();
  const sources = new Map<string, Misses>();
  const known = new Map<string, true>();
  const pairOf = (account: string, source: string) => `${account.toLowerCase()}\n${source}`;

  function left(from: Map<string, Misses>, key: string): number {
    return Math.max(0, (from.get(key)?.until ?? 0) - now());
  }
  function miss(into: Map<string, Misses>, key: string, free: number) {
    const before = into.get(key);
    const stale = before !== undefined && now() - before.until > longestMs;
    const count = (stale ? 0 : (before?.count ?? 0)) + 1;
    const wait = count < free ? 0 : Math.min(longestMs, 1_000 * 2 ** Math.min(20, count - free));
    keep(into, key, { count, until: now() + wait });
  }
  return {
    waitS(account, source) {
      const pair = pairOf(account, source);
      const ms = Math.max(left(pairs, pair), known.has(pair) ? 0 : left(sources, source));
      return Math.ceil(ms / 1_000);
    },
    missed(account, source) {
      miss(pairs, pairOf(account, source), freeMisses);
      miss(sources, source, freeMissesOfSource);
    },
    succeeded(account, source) {
      pairs.delete(pairOf(account, source));
      const misses = sources.get(source);
      if (misses !== undefined) misses.count--;
      keep(known, pairOf(account, source), true);
    },
  };
}

function keep<T>(into: Map<string, T>, key: string, value: T) {
  into.delete(key);
  into.set(key, value);
  const [oldest] = into.keys();
  if (into.size > mostEntries && oldest !== undefined) into.delete(oldest);
}
