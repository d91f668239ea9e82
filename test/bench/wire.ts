import { join } from "node:path";
import { openCountedLink } from "../support/counted-link.ts";
import { type DayJournal, openDayJournal } from "./day-journal.ts";
import { type Figure, figure, type Group, type Setting } from "./figure.ts";
import { floorOf } from "./floor.ts";
import { type BenchOffice, openBenchOffice, until } from "./office.ts";
import { added, formsLine, type PeerForm, peerForms, referenceOf } from "./peer-forms.ts";
import { enrol, openRigLink } from "./rig-link.ts";
import { openSeries, repeated, type Series } from "./series.ts";

const LIVE_S = 60;
const LIVE_TAGS = 100;
/** Rows of a batch of the reference, about as many as ours takes. */
const REFERENCE_ROWS = 1_800;

/**
 * Bytes of MQTT both ways (connect, publish, PUBACK, receipts), counted on a loopback link without TLS and TCP, with the edge's own journal, sender
 * and uplink on one side and the cloud's own broker and ingest on the other.
 */
export const wire: Group = {
  name: "wire",
  async run({ dataDir, say }) {
    const day = openSeries(dataDir, "day");
    if (day === null) {
      say("wire.*: left out, no series");
      return [];
    }
    const office = await openBenchOffice();
    try {
      const live = Promise.all([liveBytes(office, day, 1), liveBytes(office, day, 5)]);
      const figures: Figure[] = [];
      for (const [name, series] of [
        ["scaled", day],
        ["real", openSeries(dataDir, "real")],
        ["double", openSeries(dataDir, "double")],
      ] as const)
        if (series !== null) figures.push(await backfill(office, name, series, say));
      sayFloor(dataDir, say);
      for (const [i, bytes] of (await live).entries()) figures.push(liveFigure(day, i === 0 ? 1 : 5, bytes, say));
      return figures;
    } finally {
      await office.close();
    }
  },
};

/** What the values of full mantissas take at least, so that the figure beside it can be judged. */
function sayFloor(dataDir: string, say: Setting["say"]): void {
  const series = openSeries(dataDir, "double");
  if (series === null) return;
  const floors = series.tags.map((_, tag) => floorOf(series, tag));
  const mean = floors.reduce((sum, floor) => sum + floor, 0) / floors.length;
  const each = series.tags.map(({ name }, tag) => `${name} ${floors[tag]?.toFixed(2)}`).join(", ");
  say(`wire.backfill.double: its values alone take at least ${mean.toFixed(2)} bytes a reading (${each})`);
}

/** A whole day out of a journal of an earlier run, as after an outage. */
async function backfill(office: BenchOffice, name: string, series: Series, say: Setting["say"]): Promise<Figure> {
  const path = join(office.folder, `${name}.db`);
  const before = await openDayJournal(path, series);
  const readings = await before.write(0, series.rows - 1);
  await before.journal.close();
  const bytes = await drained(office, `backfill-${name}`, path, series);
  const rows = Array.from({ length: REFERENCE_ROWS }, (_, i) => 30_000 + i);
  const peers = peerForms(series, rows);
  say(
    `wire.backfill.${name}, beside ${REFERENCE_ROWS} rows a message: ${formsLine(peers, REFERENCE_ROWS * series.tags.length)}`,
  );
  return figure(
    `wire.backfill.${name}`,
    bytes / readings,
    "bytes/reading",
    `JSON columns with gzip, ${REFERENCE_ROWS} rows a message, payload alone (Telegraf 11-22, Sparkplug B gz 4.8-9.5 as published)`,
    referenceOf(peers) / (REFERENCE_ROWS * series.tags.length),
  );
}

async function drained(office: BenchOffice, rig: string, path: string, series: Series): Promise<number> {
  const day = await openDayJournal(path, series);
  const counted = await openCountedLink(office.port);
  const cloudKey = office.fleet.cloudKey().publicKey;
  const { link, close } = openRigLink(enrol(office.fleet, rig), day, path, cloudKey, counted.port);
  await until(`${rig} is delivered`, () => link.state().uplink.up && owes(link.state().owed) === 0, 100);
  const { up, down } = counted.bytes();
  await close();
  await day.journal.close();
  await counted.close();
  return up + down;
}

const owes = ({ events, live, backfill: late }: { events: number; live: number; backfill: number }) =>
  events + live + late;

/** A minute as it happens: a tick of `tickS` rows closes every `tickS` seconds and goes at once. Rows are taken from all over the day. */
async function liveBytes(office: BenchOffice, series: Series, tickS: number): Promise<number> {
  const rig = `live-${tickS}`;
  const path = join(office.folder, `${rig}.db`);
  const tags = repeated(series, LIVE_TAGS);
  const day = await openDayJournal(path, tags);
  await day.journal.close();
  const run = await openDayJournal(path, tags);
  const counted = await openCountedLink(office.port);
  const cloudKey = office.fleet.cloudKey().publicKey;
  const { link, close } = openRigLink(enrol(office.fleet, rig), run, path, cloudKey, counted.port);
  await until(`${rig} is connected`, () => link.state().lastAnswerAt !== null);
  await tickOf(run, 0, tickS);
  await until(`${rig} has told its tags`, () => owes(link.state().owed) === 0);
  const before = counted.bytes();
  const start = performance.now();
  for (let tick = 1; tick <= LIVE_S / tickS; tick++) {
    await tickOf(run, tick, tickS);
    const wait = Math.max(0, start + tick * tickS * 1_000 - performance.now());
    await new Promise((done) => setTimeout(done, wait));
  }
  await until(`${rig} is delivered`, () => owes(link.state().owed) === 0);
  const after = counted.bytes();
  await close();
  await run.journal.close();
  await counted.close();
  return after.up + after.down - before.up - before.down;
}

function tickOf(run: DayJournal, tick: number, tickS: number): Promise<number> {
  const first = rowOf(tick, tickS);
  const now = Date.now();
  return run.tick(first, first + tickS - 1, (row) => now - (first + tickS - 1 - row) * 1_000);
}

const rowOf = (tick: number, tickS: number) => tick * tickS * 1_400;

function liveFigure(series: Series, tickS: number, bytes: number, say: Setting["say"]): Figure {
  const tags = repeated(series, LIVE_TAGS);
  const ticks = Array.from({ length: LIVE_S / tickS }, (_, tick) => {
    const rows = Array.from({ length: tickS }, (_, i) => rowOf(tick + 1, tickS) + i);
    return peerForms(tags, rows);
  });
  const peers = ticks.reduce<PeerForm[] | null>((sum, one) => (sum === null ? one : added(sum, one)), null) ?? [];
  say(`wire.live.${tickS}s, beside a message a tick: ${formsLine(peers, LIVE_S * LIVE_TAGS)}`);
  const what = `JSON columns with gzip of the same ${tickS === 1 ? "ticks" : "ticks of 5 s, each five rows"}, payload alone`;
  const readings = LIVE_S * LIVE_TAGS;
  return figure(`wire.live.${tickS}s`, bytes / readings, "bytes/reading", what, referenceOf(peers) / readings);
}
