import { setTimeout as sleep } from "node:timers/promises";

/**
 * Ticks at multiples of `ms` after the start, until aborted. The next tick comes only when the last one's work is done, so work never overlaps;
 * slots that were missed meanwhile are left out, not made up. Yields how many were missed.
 */
export async function* every(ms: number, signal: AbortSignal): AsyncGenerator<number> {
  const start = performance.now();
  let slot = 0;
  let missed = 0;
  while (!signal.aborted) {
    yield missed;
    const passed = performance.now() - start;
    const next = Math.max(slot + 1, Math.ceil(passed / ms));
    missed = next - slot - 1;
    slot = next;
    await pause(next * ms - passed, signal);
  }
}

/** Sleeps, or returns early when aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
