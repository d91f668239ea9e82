/** Counts tries by key in a sliding window. Bounded memory: the key idle longest is forgotten first. */
export interface Rate {
  /** Counts one more; seconds to wait when that is too many, else 0. */
  take(key: string): number;
  /** Takes the latest try back: it was a good one. */
  giveBack(key: string): void;
}

export function rateOf(most: number, windowMs: number, now: () => number = Date.now, mostKeys = 10_000): Rate {
  const tries = new Map<string, number[]>();
  return {
    take(key) {
      const at = now();
      const recent = (tries.get(key) ?? []).filter((time) => at - time < windowMs);
      const oldest = recent[0];
      const full = recent.length >= most && oldest !== undefined;
      if (!full) recent.push(at);
      tries.delete(key);
      tries.set(key, recent);
      const [idle] = tries.keys();
      if (tries.size > mostKeys && idle !== undefined) tries.delete(idle);
      return full ? Math.max(1, Math.ceil((oldest + windowMs - at) / 1_000)) : 0;
    },
    giveBack: (key) => void tries.get(key)?.pop(),
  };
}
