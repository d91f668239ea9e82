/** Packing in the background. */
export interface Packing {
  /** Packs if it is time to, step after step while there is more. */
  soon(): void;
}

/**
 * Packs each `everyMs`, with as long a rest behind a step as it took: a small box that is behind for good still has half its time for everything else.
 * `step` tells whether there may be more; what it rejects with is for others to tell.
 */
export function openPacking(step: () => Promise<boolean>, everyMs: number): Packing {
  let last = performance.now();
  let busy = false;

  async function run(): Promise<void> {
    for (let more = true; more; ) {
      const began = performance.now();
      more = await step();
      if (more) await new Promise<void>((done) => void setTimeout(done, performance.now() - began).unref());
    }
  }

  return {
    soon() {
      if (busy || performance.now() - last < everyMs) return;
      busy = true;
      run()
        .catch(() => undefined)
        .finally(() => {
          busy = false;
          last = performance.now();
        });
    },
  };
}
