import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromCopy, namedIn, stillThere, storedIn } from "./acknowledged.ts";
import { startBroker, stopBroker } from "./brokers.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { journalOf } from "./stage.ts";

/** Longest that a part may take from a polite signal to its end, s. */
const stopS = 10;

/** Faults of processes: killed, stopped, frozen. */
export const processFaults: readonly Fault[] = [
  {
    id: "F02",
    title: "kill -9 of the edge at random times",
    strikes: { fast: 8, full: 100 },
    run: eachStrike(async (stage, random) => {
      await sleep(200 + random.next() * 4_800);
      const promised = namedIn(journalOf(stage));
      await stage.edge().end("SIGKILL");
      stillThere(promised, fromCopy(journalOf(stage), namedIn));
      await stage.startEdge();
    }),
  },
  {
    id: "F06",
    title: "kill -9 of the cloud at random times, commit and receipt among them",
    strikes: { fast: 8, full: 100 },
    run: eachStrike(async (stage, random) => {
      await sleep(200 + random.next() * 2_800);
      const archive = join(stage.scene.data, "cloud", "archive.db");
      const promised = storedIn(archive);
      await stage.cloud().end("SIGKILL");
      stillThere(promised, fromCopy(archive, storedIn));
      await stage.startCloud();
    }),
  },
  {
    id: "F07",
    title: "kill -9 of the broker, again and again",
    carriers: ["mosquitto", "nats", "embedded"],
    strikes: { fast: 5, full: 20 },
    run: eachStrike(async (stage, random) => {
      await sleep(500 + random.next() * 3_500);
      await stopBroker(stage, "SIGKILL");
      await sleep(random.next() * 2_000);
      await startBroker(stage);
    }),
  },
  {
    id: "F10",
    title: "polite stop of edge and cloud",
    strikes: { fast: 2, full: 10 },
    run: eachStrike(async (stage, random) => {
      await sleep(500 + random.next() * 3_000);
      for (const part of [stage.edge(), stage.cloud()]) {
        const began = performance.now();
        const code = await part.end("SIGTERM");
        const seconds = (performance.now() - began) / 1_000;
        if (code !== 0) throw new Error(`${part.name} ended with ${code}, not 0`);
        if (seconds > stopS) throw new Error(`${part.name} took ${seconds.toFixed(1)} s to end`);
      }
      await stage.startCloud();
      await stage.startEdge();
    }),
  },
  {
    id: "F11",
    title: "edge frozen, then let go on",
    strikes: { fast: 1, full: 5 },
    run: eachStrike(async (stage, random) => {
      await sleep(1_000 + random.next() * 2_000);
      const { pid } = stage.edge();
      process.kill(pid, "SIGSTOP");
      await sleep(20_000 + random.next() * 40_000);
      process.kill(pid, "SIGCONT");
      await stage.drained();
    }),
  },
];
