import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { memoryRigKeys } from "../support/rig-keys.ts";
import { openDayJournal } from "./day-journal.ts";
import { type Figure, figure, type Group } from "./figure.ts";
import { fillArchive } from "./fill-archive.ts";
import { openRows } from "./rows.ts";
import { openSeries, type Series } from "./series.ts";

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
  const readings = await fillArchive(archive, keys, { rig: "bench", key: keys.enrol("bench") }, series, series.rows);
  await archive.close();
  const bytes = statSync(path).size / readings;
  return figure(`disk.cloud.${name}`, bytes, "bytes/reading", `rows in SQLite (${peers}, as published)`, rows);
}

/** A day of ticks of a second as the daemon leaves it on the disk, all of it delivered. */
async function edgeDay(path: string, series: Series, rows: number): Promise<Figure> {
  const day = await openDayJournal(path, series);
  const readings = await day.write(0, series.rows - 1);
  await day.free();
  await day.journal.close();
  const what =
    "rows in SQLite; delivered frames stay as they came, a row a tick: compaction into segments is not built";
  return figure("disk.edge.day", statSync(path).size / readings, "bytes/reading", what, rows);
}
