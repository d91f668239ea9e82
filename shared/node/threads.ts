import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { Worker, type WorkerOptions } from "node:worker_threads";

/** What a thread's heap takes, in bytes; `external` is what it holds outside of it, such as buffers. */
export interface ThreadMemory {
  thread: string;
  used: number;
  total: number;
  external: number;
}

const running = new Map<Worker, string>();

/** Starts a thread whose memory `threadMemory` tells under its name, until it ends. */
export function startThread(file: URL, options: WorkerOptions & { name: string }): Worker {
  const worker = new Worker(file, options);
  running.set(worker, options.name);
  worker.once("exit", () => running.delete(worker));
  return worker;
}

/** Of this thread ("main") and of those that it started; one that ends meanwhile is left out. */
export async function threadMemory(): Promise<ThreadMemory[]> {
  const others = [...running].map(async ([worker, thread]): Promise<ThreadMemory[]> => {
    const heap = await worker.getHeapStatistics().catch(() => null); // It has just ended.
    return heap === null ? [] : [memoryOf(thread, heap)];
  });
  return [memoryOf("main", getHeapStatistics()), ...(await Promise.all(others)).flat()];
}

function memoryOf(thread: string, heap: ReturnType<typeof getHeapStatistics>): ThreadMemory {
  return { thread, used: heap.used_heap_size, total: heap.total_heap_size, external: heap.external_memory };
}

/** Watches how late this thread's event loop is; `p99S` is of the time since it was last asked, s. */
export function watchLoop(): { p99S(): number } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    p99S() {
      // What is measured is the time between two ticks of the watch itself.
      const late = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e9 - RESOLUTION_MS / 1e3);
      delay.reset();
      return late;
    },
  };
}

const RESOLUTION_MS = 10;
