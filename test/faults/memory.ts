import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import { memoryLimitMissing, openMemoryLimit } from "./memory-limit.ts";

/** What is asked of a gateway: to live in this, or to be ended and come back whole. */
const ROOM = 200e6;
const WATCH_MS = 10_000;

/** Faults of memory. */
export const memoryFaults: readonly Fault[] = [
  {
    id: "F12",
    title: "out of memory: 200 MB, then less than it has, or less from the start",
    missing: memoryLimitMissing,
    strikes: { fast: 2, full: 20 },
    async run(stage, random, strikes) {
      let killed = 0;
      for (let strike = 0; strike < strikes; strike++) {
        await stage.edge().end("SIGKILL");
        const limit = openMemoryLimit();
        try {
          // Every second one begins with less than a start takes.
          limit.set(strike % 2 === 0 ? ROOM : 60e6 + random.next() * 60e6);
          const edge = await stage.startEdge({ under: limit.under, wait: false });
          let code = await Promise.race([edge.ended, sleep(WATCH_MS)]);
          if (code === undefined) {
            limit.set(limit.usedBytes() * (0.5 + random.next() * 0.4));
            code = await Promise.race([edge.ended, sleep(WATCH_MS)]);
          }
          if (code === "SIGKILL") killed++;
          else if (code !== undefined) throw new Error(`the edge ended with ${code}`);
          await edge.end("SIGKILL");
        } finally {
          limit.close();
        }
        await stage.startEdge();
        await stage.allGood();
      }
      process.stderr.write(`F12: the kernel ended it ${killed} times of ${strikes}\n`);
    },
  },
];
