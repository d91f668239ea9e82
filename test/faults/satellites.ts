import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { fillBacklog } from "../bench/backlog.ts";
import { percentile } from "../bench/figure.ts";
import { watchDrain } from "../support/drain-watch.ts";
import { watchLive } from "../support/live-ages.ts";
import { until } from "../support/parts.ts";
import { type Congestion, congestions, openSatellite, satelliteMissing } from "../support/satellite.ts";
import type { Fault } from "./fault.ts";
import type { Stage } from "./stage.ts";

/** What is promised of a link of 512 kbit/s, 600 ms there and back, 1 % loss. */
const promised = { connectS: 3, liveP95S: 5, firstLiveS: 10, drainS: 3_600 };
const LIVE_MS = 60_000;
const CONNECTS = 5;
/** 72 h of 100 tags at 1 Hz. */
const OFFLINE_S = 72 * 3_600;

const LogLine = z.object({ time: z.iso.datetime() });

function satelliteOf({ satellite }: Stage) {
  if (satellite === null) throw new Error("this stage has no satellite link");
  return satellite;
}

/** Connects once more; gives the time from a daemon whose parts have started to its connection being up, s, by its own log. */
async function reconnect(stage: Stage): Promise<number> {
  await stage.edge().end();
  await stage.startEdge();
  await until(
    async () => (await stage.health()).link.state === "up",
    () => stage.scene.logOf("edge"),
    60,
  );
  const at = (message: string) => {
    const line = stage.scene
      .logOf("edge")
      .split("\n")
      .findLast((each) => each.includes(`"msg":"${message}"`));
    return Date.parse(LogLine.parse(JSON.parse(line ?? "null")).time);
  };
  return (at("connected to the broker") - at("started")) / 1_000;
}

const overSatellite = (congestion: Congestion) => ({
  satellite: { congestion },
  // It takes each lost packet for a full line.
  ...(congestion === "reno" ? { reported: true as const } : {}),
  missing: () => satelliteRefused(congestion),
});

const refused = new Map<Congestion, Promise<string | null>>();

/** Why no link with this congestion control can be had here; null where one can. Only a trial tells: a kernel may have namespaces and no devices. */
function satelliteRefused(congestion: Congestion): Promise<string | null> {
  const asked = refused.get(congestion) ?? tryLink(congestion);
  refused.set(congestion, asked);
  return asked;
}

async function tryLink(congestion: Congestion): Promise<string | null> {
  const missing = satelliteMissing();
  if (missing !== null) return missing;
  try {
    await (await openSatellite({ congestion })).close();
    return null;
  } catch (error) {
    return `no satellite link with ${congestion}: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}

/** The plain ones are cubic's, which Linux takes unless told. */
const named = (id: string, congestion: Congestion) => (congestion === "cubic" ? id : `${id}-${congestion}`);

const drainFault = (congestion: Congestion): Fault => ({
  id: named("F26", congestion),
  title: `72 h of 100 tags at 1 Hz come back over a satellite link, ${congestion}`,
  ...overSatellite(congestion),
  owing: true,
  strikes: { fast: 0, full: 1 },
  async prepare(data) {
    await fillBacklog(data, OFFLINE_S, 26);
    return () => undefined;
  },
  async run(stage) {
    const { scene } = stage;
    const drain = await watchDrain(scene, satelliteOf(stage), "rig-14", promised.drainS);
    stage.hold("drained in", drain.seconds, promised.drainS, "s");
    stage.hold("first live after", drain.firstLiveS ?? Number.POSITIVE_INFINITY, promised.firstLiveS, "s");
    stage.hold("live p95 meanwhile", percentile(drain.ages, 0.95), promised.liveP95S, "s");
    // How much of the link is used is measured by the bench (link.share): other programs' load decides it too.
    process.stderr.write(`used of the link: ${drain.share.toFixed(1)} %\n`);
    await journalIsSmall(stage);
  },
});

/** What was delivered is packed, and the file gives the space back: the log of writes too. */
async function journalIsSmall({ scene }: Stage): Promise<void> {
  const files = ["journal.db", "journal.db-wal"].map((name) => join(scene.data, "edge", name));
  const bytes = () => files.reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0);
  // History stays, at about half a byte a reading, with its summaries.
  const packed = OFFLINE_S * 100 * 0.8 + 20e6;
  await until(
    async () => bytes() < packed,
    () => `the journal takes ${Math.round(bytes() / 1e6)} MB still`,
    600,
  );
  process.stderr.write(`the journal's files are ${Math.round(bytes() / 1e6)} MB again\n`);
}

/** Faults of a rig behind a geostationary satellite. */
export const satelliteFaults: readonly Fault[] = [
  ...congestions.map(
    (congestion): Fault => ({
      id: named("F22", congestion),
      title: `satellite link: 600 ms, 1 % loss, 512 kbit/s, ${congestion}`,
      ...overSatellite(congestion),
      strikes: { fast: congestion === "cubic" ? 1 : 0, full: 3 },
      async run(stage, _random, strikes) {
        for (let strike = 0; strike < strikes; strike++) {
          const tries: number[] = [];
          // One packet in a hundred is lost, and the first ones of a connection are missed for a second: the middle one counts.
          for (let i = 0; i < CONNECTS; i++) tries.push(await reconnect(stage));
          stage.hold("connected in, the middle of five", percentile(tries, 0.5), promised.connectS, "s");
          const live = await watchLive(stage.scene.ports.cloud, "rig-14");
          await sleep(LIVE_MS);
          live.close();
          stage.hold("live p95", percentile(live.ages, 0.95), promised.liveP95S, "s");
        }
      },
    }),
  ),
  {
    id: "F25-satellite",
    title: "satellite link flapping, 10 s up and 10 s down",
    ...overSatellite("cubic"),
    strikes: { fast: 0, full: 90 },
    async run(stage, random, strikes) {
      let idle = 0;
      for (let strike = 0; strike < strikes; strike++) {
        await satelliteOf(stage).mode(random.chance(0.5) ? "cut" : "half");
        await sleep(10_000);
        await satelliteOf(stage).mode("up");
        const before = (await stage.health()).link.lastReceiptAt;
        await sleep(10_000);
        if ((await stage.health()).link.lastReceiptAt === before) idle += 1;
      }
      // A connection that lost ten seconds may be tried by TCP when the window is over again.
      process.stderr.write(`windows without a receipt: ${idle} of ${strikes}\n`);
      if (idle > strikes / 2) throw new Error(`in ${idle} of ${strikes} windows nothing got through`);
    },
  },
  ...congestions.map(drainFault),
];
