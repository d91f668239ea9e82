/** Waiting times for retries: doubling from `firstMs` to `mostMs` with full jitter, so that many do not come back at once. */
export function backoff(firstMs = 250, mostMs = 30_000): { next(): number; reset(): void } {
  let ceiling = firstMs;
  return {
    next() {
      const wait = Math.random() * ceiling;
      ceiling = Math.min(mostMs, ceiling * 2);
      return Math.max(firstMs / 4, wait);
    },
    reset() {
      ceiling = firstMs;
    },
  };
}
