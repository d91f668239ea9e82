import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";

/** What a process held at a moment, by measure: `rss` and `wal` in MB, `descriptors`, what its threads say of their heaps (MB), `late` in ms. */
export type Held = Record<string, number>;

/** Of `/metrics`: what is recorded under another name, in MB; per thread where there is one. */
const told: Record<string, string> = {
  idrill_thread_heap_used_bytes: "used",
  idrill_thread_heap_bytes: "heap",
  idrill_thread_external_bytes: "external",
  idrill_array_buffers_bytes: "arrayBuffers",
};

/** Measures a process by its id, its database and what it says of itself at `metrics`. Rejects if it does not answer. */
export async function heldBy(pid: number, database: string, metrics: string): Promise<Held> {
  const wal = `${database}-wal`;
  return {
    rss: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    wal: existsSync(wal) ? statSync(wal).size / 1e6 : 0,
    ...heldIn(await (await fetch(metrics)).text()),
  };
}

/** What Prometheus text tells of memory and of the event loop. */
export function heldIn(text: string): Held {
  const held: Held = {};
  for (const [, name = "", thread, value] of text.matchAll(/^(idrill_\w+)(?:\{thread="(\w+)"\})? (\S+)$/gm)) {
    const as = told[name];
    if (as !== undefined) held[thread === undefined ? as : `${as} ${thread}`] = Number(value) / 1e6;
    if (name === "idrill_loop_delay_p99_seconds") held.late = Number(value) * 1e3;
  }
  return held;
}
