import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { memoryRigKeys } from "../support/rig-keys.ts";
import { openDayJournal } from "./day-journal.ts";
import { type Figure, figure, type Group } from "./figure.ts";
import { fillArchive } from "./fill-archive.ts";
import { until } from "./office.ts";
import { openRows } from "./rows.ts";
import { openSeries, type Series } from "./series.ts";

/** A day of one rig would mostly measure what an empty archive takes; so a week, the series repeated. */
const DAYS = 7;

/** The whole file, summaries, indexes and what is held included, by the readings in it. */
export const disk: Group = {
  name: "disk",
  async run({ dataDir, say }) {
    const day = openSeries(dataDir, "day");
    const noisy = openSeries(dataDir, "noisy");
    const real = openSeries(dataDir, "real");
    if (day === null || noisy === null || real === null) {
      say("disk.*: left out, no series");
      return [];
    }
    const folder = mkdtempSync(join(tmpdir(), "idrill-bench-"));
    try {
      const table = openRows(join(folder, "rows.db"));
      const count = table.fill(day, day.rows);
      table.close();
      const rows = statSync(join(folder, "rows.db")).size / count;
      return [
        await edgeDay(join(folder, "journal.db"), day, rows),
        await cloudFile(join(folder, "day.db"), "day", day, rows, "VictoriaMetrics 0.404 without quality"),
        await cloudFile(join(folder, "noisy.db"), "noisy", noisy, rows, "VictoriaMetrics 0.710 without quality"),
        await cloudFile(join(folder, "real.db"), "real", real, rows, "VictoriaMetrics 4.35, our trial 1.7"),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function cloudFile(path: string, name: string, series: Series, rows: number, peers: string): Promise<Figure> {
  const keys = memoryRigKeys();
  const archive = openSqliteArchive(path);
  const readings = await fillArchive(
    archive,
    keys,
    { rig: "bench", key: keys.enrol("bench") },
    series,
    DAYS * series.rows,
  );
  await archive.close();
  const bytes = statSync(path).size / readings;
  return figure(
    `disk.cloud.${name}`,
    bytes,
    "bytes/reading",
    `rows in SQLite (${peers}, as published); ours of ${DAYS} days, the series repeated`,
    rows,
  );
}

const HOUR = 3_600;

/** A week of ticks of a second, hour by hour delivered and packed, as the daemon leaves it on the disk. */
async function edgeDay(path: string, series: Series, rows: number): Promise<Figure> {
  const day = await openDayJournal(path, series, 0);
  let readings = 0;
  for (let row = 0; row < DAYS * series.rows; row += HOUR) {
    readings += await day.write(row, row + HOUR - 1);
    await day.free();
  }
  const used = () => day.journal.state().disk.usedBytes;
  let before = 0;
  await until("what is delivered is packed", async () => {
    const now = used();
    const same = now === before;
    before = now;
    await new Promise((done) => setTimeout(done, 500));
    return same;
  });
  await day.journal.close();
  return figure(
    "disk.edge.day",
    statSync(path).size / readings,
    "bytes/reading",
    `rows in SQLite; ours of ${DAYS} days, the series repeated`,
    rows,
  );
}
