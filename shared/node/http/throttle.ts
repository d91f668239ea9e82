/** One try to sign in. */
export interface SignInTry {
  account: string;
  /** Address of the socket. */
  source: string;
  /** The device, where this account signed in from it before (see `devices.ts`); null for any other. */
  device: string | null;
}

/**
 * Slows down guessing. Misses count by account and source together, or by account and known device, so that nobody can lock another's
 * account from elsewhere, nor from beside them; misses by source alone count only against accounts that never signed in from there.
 */
export interface Throttle {
  /** Seconds to wait before this may be tried; 0: now. The right password makes no difference. */
  waitS(one: SignInTry): number;
  missed(one: SignInTry): void;
  /** Takes back the miss that this try was counted as. */
  succeeded(one: SignInTry): void;
}

interface Misses {
  count: number;
  until: number;
}

/** Misses that cost nothing; then 1 s, doubling. */
const freeMisses = 5;
const freeMissesOfSource = 50;
const longestMs = 15 * 60_000;
/** Whoever is new there waits because of others: not for long. */
const longestOfSourceMs = 60_000;
/** Entries kept, the oldest forgotten first: bounded memory, whatever is tried. */
const mostEntries = 20_000;

export function signInThrottle(now: () => number = () => performance.now()): Throttle {
  const own = new Map<string, Misses>();
  const sources = new Map<string, Misses>();
  const known = new Map<string, true>();
  const placeOf = ({ account, source, device }: SignInTry) =>
    `${account.toLowerCase()}\n${device === null ? source : `device ${device}`}`;

  function left(from: Map<string, Misses>, key: string): number {
    return Math.max(0, (from.get(key)?.until ?? 0) - now());
  }
  function miss(into: Map<string, Misses>, key: string, free: number, longest: number) {
    const before = into.get(key);
    const stale = before !== undefined && now() - before.until > longestMs;
    const count = (stale ? 0 : (before?.count ?? 0)) + 1;
    const wait = count < free ? 0 : Math.min(longest, 1_000 * 2 ** Math.min(20, count - free));
    keep(into, key, { count, until: now() + wait });
  }
  return {
    waitS(one) {
      const place = placeOf(one);
      const isKnown = one.device !== null || known.has(place);
      return Math.ceil(Math.max(left(own, place), isKnown ? 0 : left(sources, one.source)) / 1_000);
    },
    missed(one) {
      miss(own, placeOf(one), freeMisses, longestMs);
      if (one.device === null) miss(sources, one.source, freeMissesOfSource, longestOfSourceMs);
    },
    succeeded(one) {
      own.delete(placeOf(one));
      if (one.device !== null) return;
      const misses = sources.get(one.source);
      if (misses !== undefined) misses.count--;
      keep(known, placeOf(one), true);
    },
  };
}

function keep<T>(into: Map<string, T>, key: string, value: T) {
  into.delete(key);
  into.set(key, value);
  const [oldest] = into.keys();
  if (into.size > mostEntries && oldest !== undefined) into.delete(oldest);
}
