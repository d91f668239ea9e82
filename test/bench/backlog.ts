import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openDayJournal } from "./day-journal.ts";
import { repeated } from "./series.ts";
import { openWalks } from "./walks.ts";

const TAGS = 100;

/** What an earlier run of the daemon left. */
export interface Backlog {
  epoch: string;
  frames: number;
  readings: number;
}

/** Writes the frames of 100 tags at 1 Hz that an earlier run made in the last `seconds` and nobody has received, into the journal of an edge that does not run. */
export async function fillBacklog(data: string, seconds: number, seed: number): Promise<Backlog> {
  mkdirSync(join(data, "edge"), { recursive: true });
  const start = Math.floor(Date.now() / 1_000 - seconds) * 1_000;
  const day = await openDayJournal(join(data, "edge", "journal.db"), repeated(openWalks(seed, start), TAGS));
  const readings = await day.write(0, seconds - 1);
  await day.journal.close();
  return { epoch: day.record.epoch, frames: seconds, readings };
}
