/**
 * Calls `push` at once for the first wake-up, and for those that follow at most once every `ms`; nothing where nobody wakes it.
 * Returns how to wake it and how to stop it.
 */
export function startPace(ms: number, push: () => void): { wake(): void; stop(): void } {
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let stopped = false;
  function run() {
    timer = undefined;
    immediate = undefined;
    last = performance.now();
    push();
  }
  return {
    wake() {
      if (stopped || timer !== undefined || immediate !== undefined) return;
      const wait = last + ms - performance.now();
      if (wait <= 0) immediate = setImmediate(run);
      else timer = setTimeout(run, wait);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
