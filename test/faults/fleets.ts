import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { verify } from "../../cloud/verify/verify.ts";
import { type DayJournal, openDayJournal } from "../bench/day-journal.ts";
import { percentile } from "../bench/figure.ts";
import { type EnrolledRig, enrol, openRigLink } from "../bench/rig-link.ts";
import { repeated, type Series } from "../bench/series.ts";
import { openWalks } from "../bench/walks.ts";
import { type LiveAges, watchLive } from "../support/live-ages.ts";
import { until } from "../support/parts.ts";
import type { Fault } from "./fault.ts";
import type { Stage } from "./stage.ts";

const TAGS = 24;
const OFFLINE_S = 4 * 3_600;
/** Of the rigs, those that are looked at closely: their live on a console, their frames by the oracle. */
const WATCHED = 3;
const ASK_MS = 100;
const DRAIN_S = 600;
const promised = { apiP95S: 1, firstLiveS: 10, liveP95S: 5 };

/** A rig with the edge's own journal, sender and uplink, without devices. */
interface Returning {
  enrolled: EnrolledRig;
  path: string;
  day: DayJournal;
  /** Of its owed run. */
  rows: number;
}

/** Many rigs whose link comes back in the same moment, each with hours to tell; a strike is a rig. */
export const fleetFaults: readonly Fault[] = [
  {
    id: "F30",
    title: "rigs with a backlog come back at once; a strike is a rig",
    strikes: { fast: 0, full: 20 },
    async run(stage, random, strikes) {
      const fleet = openFleet(join(stage.scene.data, "cloud", "fleet.db"));
      const rigs: Returning[] = [];
      try {
        for (let i = 0; i < strikes; i++) {
          const series = repeated(
            openWalks(random.int(1_000_000), 1_000 * Math.floor(Date.now() / 1_000 - OFFLINE_S)),
            TAGS,
          );
          rigs.push(await offline(join(stage.scene.data, `returning-${i}`), enrol(fleet, `returning-${i}`), series));
        }
        const watched = rigs.slice(0, WATCHED);
        await comeBack(stage, rigs, watched, fleet.cloudKey().publicKey);
        for (const { enrolled, path } of watched) balance(stage, enrolled.rig, path);
      } finally {
        for (const { day } of rigs) await day.journal.close();
        fleet.close();
      }
    },
  },
];

async function offline(folder: string, enrolled: EnrolledRig, series: Series): Promise<Returning> {
  mkdirSync(folder);
  const path = join(folder, "journal.db");
  const before = await openDayJournal(path, series);
  await before.write(0, OFFLINE_S - 1);
  await before.journal.close();
  return { enrolled, path, day: await openDayJournal(path, series), rows: OFFLINE_S };
}

async function comeBack(
  stage: Stage,
  rigs: readonly Returning[],
  watched: readonly Returning[],
  cloudKey: Uint8Array,
): Promise<void> {
  const ending = new AbortController();
  const live: LiveAges[] = [];
  for (const { enrolled } of watched) live.push(await watchLive(stage.scene.ports.cloud, enrolled.rig));
  const ticking = rigs.map((rig) => tick(rig, ending.signal));
  const began = performance.now();
  const links = rigs.map(({ enrolled, day, path }) =>
    openRigLink(enrolled, day, path, cloudKey, stage.scene.ports.mqtt),
  );
  try {
    const owedBy = () =>
      links.map(({ link }) => link.state().owed).reduce((sum, { events, backfill }) => sum + events + backfill, 0);
    const asking = ask(stage, rigs, ending.signal);
    await until(
      async () => owedBy() === 0,
      () => `${owedBy()} frames are owed still`,
      DRAIN_S,
    );
    process.stderr.write(`${rigs.length} rigs told all after ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
    ending.abort();
    const seconds = await asking;
    await Promise.all(ticking);
    stage.hold(`the API's p95 of ${seconds.length} questions`, percentile(seconds, 0.95), promised.apiP95S, "s");
    for (const each of live) {
      const firstAt = each.firstAt();
      stage.hold(
        "first live after",
        firstAt === null ? Number.POSITIVE_INFINITY : (firstAt - began) / 1_000,
        promised.firstLiveS,
        "s",
      );
      stage.hold("live p95 meanwhile", percentile(each.ages, 0.95), promised.liveP95S, "s");
    }
    await until(
      async () => links.every(({ link }) => link.state().owed.live === 0),
      () => "live is owed still",
      60,
    );
  } finally {
    ending.abort();
    for (const each of live) each.close();
    for (const each of links) await each.close();
  }
}

async function tick({ day, rows }: Returning, signal: AbortSignal): Promise<void> {
  for (let row = rows; !signal.aborted; row++) {
    await day.tick(row, row, () => Date.now());
    await sleep(1_000);
  }
}

/** Asks the office's API in turn for the fleet, a rig's newest values and a rig's last hour; gives how long each took, s. */
async function ask(stage: Stage, rigs: readonly Returning[], signal: AbortSignal): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; !signal.aborted; i++) {
    const rig = rigs[i % rigs.length]?.enrolled.rig ?? "";
    const began = performance.now();
    await stage.scene.ask(["rigs", `rigs/${rig}`, `sensor-data/realtime?rig_id=${rig}`][i % 3] ?? "");
    seconds.push((performance.now() - began) / 1_000);
    await sleep(ASK_MS);
  }
  return seconds;
}

function balance(stage: Stage, rig: string, edge: string): void {
  const { balanced, problems } = verify({ edge, cloud: join(stage.scene.data, "cloud", "archive.db") });
  if (!balanced) throw new Error(`${rig}: ${problems.join("; ")}`);
}
