import { existsSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import type { Report } from "../../cloud/verify/verify.ts";
import type { Fault } from "./fault.ts";

const [library] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1");

const hour = 3_600;
const since1970 = -Math.round(Date.now() / 1_000) + hour;
/** Wall clocks that rigs have had, as seconds off the true one: back, forward, a first boot without a battery. */
const jumps = [-2 * hour, 0, 24 * hour, 0, since1970, 0];
/** How far a frame that was dated afterwards may lie from when the rig's ledger says that it was served. */
const DATED_MS = 1_000;

/** Faults of the edge's wall clock; its monotonic one stays true, as in life. */
export const clockFaults: readonly Fault[] = [
  {
    id: "F39",
    title: "clock of the edge jumps: two hours back, a day on; a boot in 1970",
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
        const jump = jumps[strike % jumps.length] ?? 0;
        // A box without a battery, and the office out of reach: nobody tells it the time.
        if (jump === since1970) {
          await stage.edge().end("SIGKILL");
          stage.mqtt.mode("drop");
        }
        set(jump);
        if (jump === since1970) await stage.startEdge({ env });
        await sleep(4_000 + random.next() * 4_000);
        stage.mqtt.mode("up");
        if (jump === since1970) await stage.drained();
        if (strike % jumps.length === 3) {
          await stage.edge().end("SIGKILL");
          await stage.startEdge({ env });
        }
      }
      set(0);
      await stage.edge().end();
      await stage.startEdge();
    },
    also: promisedOfDates,
  },
];

async function promisedOfDates({ dates }: Report, archive: string): Promise<string | null> {
  if (dates === null || dates.dated === 0) return "no frame was dated afterwards";
  if (dates.undated > 0) return `${dates.undated} readings have no time`;
  process.stderr.write(`F39: ${dates.dated} readings dated afterwards, ${dates.worstMs} ms off at worst\n`);
  if (dates.worstMs > DATED_MS) return `a reading was dated ${dates.worstMs} ms off (promised ${DATED_MS})`;
  const history = openSqliteHistory(archive);
  try {
    const now = Date.now();
    const { spans, undated } = await history.coverage("rig-14", now - 24 * hour * 1_000, now, null);
    const isMarked = spans.some(({ reason }) => reason === "dated afterwards");
    return isMarked && undated.length === 0 ? null : "coverage does not say what was dated afterwards";
  } finally {
    history.close();
  }
}
