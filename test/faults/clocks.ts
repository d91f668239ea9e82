import { existsSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";

const [library] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1");

const hour = 3_600;
/** Wall clocks that rigs have had, as seconds off the true one: back, forward, a first boot without a battery. */
const jumps = [-2 * hour, 0, 24 * hour, 0, -Math.round(Date.now() / 1_000) + hour, 0];

/** Faults of the edge's wall clock; its monotonic one stays true, as in life. */
export const clockFaults: readonly Fault[] = [
  {
    id: "F39",
    title: "clock of the edge jumps: two hours back, a day on, 1970",
    missing: () => (library !== undefined && existsSync(library) ? null : "no libfaketime on this machine"),
    strikes: { fast: 6, full: 24 },
    async run(stage, random, strikes) {
      const file = join(stage.scene.data, "clock");
      const set = (seconds: number) => writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
      set(0);
      await stage.edge().end();
      const env = {
        LD_PRELOAD: library ?? "",
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      };
      await stage.startEdge({ env });
      await stage.allGood();
      for (let strike = 0; strike < strikes; strike++) {
        set(jumps[strike % jumps.length] ?? 0);
        await sleep(4_000 + random.next() * 4_000);
        if (strike % jumps.length === 3) {
          await stage.edge().end("SIGKILL");
          await stage.startEdge({ env });
        }
      }
      set(0);
      await stage.edge().end();
      await stage.startEdge();
    },
  },
];
