import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Outside of the heap a thread may gather so much garbage, bytes, before it is worth a collection of some 10 ms. */
const WORTH = 8 * 1024 * 1024;

/**
 * For a thread that now and then works with large arrays and rests between: gives a function to be called after such work, which collects what it
 * left. By itself a heap that hardly grows is not collected for half an hour, and what lies outside of it waits as long.
 */
export function openCollection(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
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
