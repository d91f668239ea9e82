import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { type Figure, figure, type Group, percentile } from "./figure.ts";
import { fillArchive } from "./fill-archive.ts";
import { openStage, type Stage, signIn, startCloud } from "./program.ts";
import { enrol } from "./rig-link.ts";
import { openRows } from "./rows.ts";
import { openSeries, type Series } from "./series.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
const WARM = 5;
const ROUNDS = 60;
const ROUNDS_A_REFERENCE = 20;

interface Question {
  name: string;
  /** Path and query. */
  path: string;
  /** The same of the rows: tags, from, to, step. */
  rows: [number, number, number, number];
  series: Series;
  days: number;
  rounds: number;
}

/** Questions to the cloud's own API over HTTP, warm: the cloud runs as its own process on an archive that ingest filled and compacted. */
export const history: Group = {
  name: "history",
  async run({ dataDir, say }) {
    const day = openSeries(dataDir, "day");
    const noisy = openSeries(dataDir, "noisy");
    if (day === null || noisy === null) {
      say("history.*: left out, no series");
      return [];
    }
    const stage = await openStage();
    try {
      await fill(stage, day, noisy);
      const questions = questionsOf(day, noisy);
      // Before the cloud runs: it keeps this thread for seconds, in which connections would be given up.
      const references = questions.map((question) => ofRows(stage, question));
      await startCloud(stage);
      const token = await signIn(stage);
      const figures: Figure[] = [];
      for (const [i, question] of questions.entries())
        figures.push(await asked(stage, token, question, references[i] ?? Number.NaN));
      return figures;
    } finally {
      await stage.close();
    }
  },
};

/** Two rigs: one with the day, one with the noisy day thirty times. */
async function fill(stage: Stage, day: Series, noisy: Series): Promise<void> {
  const folder = join(stage.data, "cloud");
  mkdirSync(folder, { recursive: true });
  const fleet = openFleet(join(folder, "fleet.db"));
  const archive = openSqliteArchive(join(folder, "archive.db"));
  await fillArchive(archive, fleet, enrol(fleet, "day"), day, day.rows);
  await fillArchive(archive, fleet, enrol(fleet, "month"), noisy, DAYS * noisy.rows);
  await archive.close();
  fleet.close();
}

/** The median time of the same question to rows, ms. */
function ofRows(stage: Stage, { series, days, rows, rounds }: Question): number {
  const path = join(stage.data, `rows-${days}.db`);
  const isNew = !existsSync(path);
  const table = openRows(path);
  if (isNew) table.fill(series, series.rows);
  if (isNew) table.repeat(days - 1, DAY_MS);
  const times: number[] = [];
  // The first one warms it.
  for (let i = 0; i < 2 + rounds / ROUNDS_A_REFERENCE; i++) {
    const start = performance.now();
    table.buckets(...rows);
    if (i > 0) times.push(performance.now() - start);
  }
  table.close();
  return percentile(times, 0.5);
}

function questionsOf(day: Series, noisy: Series): Question[] {
  const { start } = day;
  const names = ({ tags }: Series, count: number) =>
    tags
      .slice(0, count)
      .map(({ name }) => name)
      .join(",");
  const of = (rig: string, tags: string, ms: number) =>
    `rig_id=${rig}&tags=${tags}&start=${new Date(start).toISOString()}&end=${new Date(start + ms).toISOString()}`;
  const path = "/api/v1/sensor-data";
  const month = DAYS * DAY_MS;
  return [
    {
      name: "q1",
      path: `${path}/historical?${of("day", names(day, 2).split(",")[1] ?? "", DAY_MS)}&points=2000`,
      rows: [1, start, start + DAY_MS, DAY_MS / 2_000],
      series: day,
      days: 1,
      rounds: ROUNDS,
    },
    {
      name: "q2",
      path: `${path}/aggregated?${of("day", names(day, 24), DAY_MS)}&bucket=60`,
      rows: [24, start, start + DAY_MS, 60_000],
      series: day,
      days: 1,
      rounds: ROUNDS,
    },
    {
      name: "q3",
      path: `${path}/historical?${of("month", names(noisy, 10), month)}&points=2000`,
      rows: [10, start, start + month, month / 2_000],
      series: noisy,
      days: DAYS,
      rounds: ROUNDS / 3,
    },
  ];
}

const Answer = z.object({ data: z.array(z.object({ count: z.array(z.number()) })) });

async function asked(
  stage: Stage,
  token: string,
  { name, path, rows, rounds }: Question,
  reference: number,
): Promise<Figure> {
  const url = `http://127.0.0.1:${stage.ports.cloud}${path}`;
  const times: number[] = [];
  let text = "";
  for (let i = 0; i < WARM + rounds; i++) {
    const start = performance.now();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 200)}`);
    if (i >= WARM) times.push(performance.now() - start);
  }
  const [tags] = rows;
  const { data } = Answer.parse(JSON.parse(text));
  const found = data.reduce((sum, { count }) => sum + count.reduce((all, one) => all + one, 0), 0);
  if (data.length !== tags || found === 0) throw new Error(`${path}: ${data.length} tags, ${found} readings`);
  const what = `rows in SQLite, in process without HTTP (${found} readings; VictoriaMetrics q1 13, q2 45, q3 186 as published)${
    name === "q3" ? "; the 30 days are the noisy day repeated" : ""
  }`;
  return figure(`history.${name}`, percentile(times, 0.95), "ms", what, reference);
}
