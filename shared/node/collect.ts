import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Outside of the heap a thread may gather so much garbage, bytes, before it is worth a collection of some 10 ms. */
const WORTH = 8 * 1024 * 1024;

/** How often a thread that runs for long is looked at, and what it must have gathered since it was last collected, bytes. */
const LOOK_MS = 120_000;
const LITTLE = 1024 * 1024;

/**
 * For a thread of a daemon with a small heap (a collection stops it for some 10 ms): every two minutes collects what it no longer needs, in its heap
 * and outside. Left to itself V8 lets any heap grow by 8 MB and the young generation's size before it looks at what is old, and a thread that
 * makes little garbage grows for an hour. One whose fifth is more than that is kept by V8's flags (`lean-process.ts`). Gives what ends it; a thread
 * that ends takes it along.
 */
export function collectRegularly(everyMs = LOOK_MS): () => void {
  const collect = openCollector();
  let left = 0;
  const timer = setInterval(() => {
    if (gathered() < left + LITTLE) return;
    collect();
    left = gathered();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * For a thread that now and then works with large arrays and rests between: gives a function to be called after such work, which collects what it
 * left. By itself a heap that hardly grows is not collected for half an hour, and what lies outside of it waits as long.
 */
export function openCollection(): () => void {
  const collect = openCollector();
  let least = getHeapStatistics().external_memory;
  return () => {
    const now = getHeapStatistics().external_memory;
    if (now < least + WORTH) {
      least = Math.min(least, now);
      return;
    }
    collect();
    // What lies outside is let go of beside the thread; the next collection waits for that.
    collect();
    least = getHeapStatistics().external_memory;
  };
}

/**
 * A collection of everything, at once. The flag belongs to the start of the process: one that is set later changes what compiled code is kept
 * for, and each thread that begins after it finds none and loads the compiler of types, some 30 MB.
 */
function openCollector(): () => void {
  const { gc } = globalThis;
  if (gc !== undefined) return () => gc();
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

function gathered(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
