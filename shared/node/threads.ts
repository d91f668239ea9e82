import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { askedWithin } from "./asked-within.ts";

/** What a thread's heap takes, in bytes; `external` is what it holds outside of it, such as buffers. */
interface Heap {
  used: number;
  total: number;
  external: number;
}

/** A thread's memory as it last told it. */
export interface ThreadMemory {
  thread: string;
  /** Null where it has not told anything yet. */
  heap: Heap | null;
  /** 0 where it told so just now; else it is busy, and this is since it last answered, or since its start, s. */
  busyS: number;
}

/** A thread that works on one long thing answers nothing meanwhile; it is waited for so long, ms. */
const WAIT_MS = 500;

const running = new Map<Worker, () => Promise<ThreadMemory>>();

/** Starts a thread whose memory `threadMemory` tells under its name, until it ends. */
export function startThread(file: URL, options: WorkerOptions & { name: string }): Worker {
  const worker = new Worker(file, options);
  running.set(worker, memoryOf(worker, options.name));
  worker.once("exit", () => running.delete(worker));
  return worker;
}

/** Of this thread ("main") and of those that it started, within half a second or so: of one that is busy what it told last. */
export async function threadMemory(): Promise<ThreadMemory[]> {
  const main = { thread: "main", heap: heapOf(getHeapStatistics()), busyS: 0 };
  return [main, ...(await Promise.all([...running.values()].map((ask) => ask())))];
}

function memoryOf(worker: Worker, thread: string): () => Promise<ThreadMemory> {
  // One that has just ended tells nothing any more.
  const ask = askedWithin(() => worker.getHeapStatistics().catch(() => null), WAIT_MS);
  let heap: Heap | null = null;
  let toldAt = performance.now();
  return async () => {
    const told = await ask();
    if (told !== null) {
      heap = heapOf(told);
      toldAt = performance.now();
    }
    return { thread, heap, busyS: told === null ? (performance.now() - toldAt) / 1e3 : 0 };
  };
}

function heapOf(heap: ReturnType<typeof getHeapStatistics>): Heap {
  return { used: heap.used_heap_size, total: heap.total_heap_size, external: heap.external_memory };
}

/** A figure covers at least this much of the past and less than twice as much, ms. */
const WINDOW_MS = 60_000;
const RESOLUTION_MS = 10;

/** Watches how late this thread's event loop is, until `stop`; `p99S` is of the last one to two minutes (or since the start), s, whoever else asks. */
export function watchLoop(windowMs = WINDOW_MS): { p99S(): number; stop(): void } {
  const watch = () => {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    return delay;
  };
  let [older, younger] = [watch(), watch()];
  const timer = setInterval(() => {
    older.reset();
    [older, younger] = [younger, older];
  }, windowMs);
  timer.unref();
  return {
    p99S() {
      // What is measured is the time between two ticks of the watch itself.
      return older.count === 0 ? 0 : Math.max(0, older.percentile(99) / 1e9 - RESOLUTION_MS / 1e3);
    },
    stop() {
      clearInterval(timer);
      for (const each of [older, younger]) each.disable();
    },
  };
}
