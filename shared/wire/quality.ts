import { type Block, isStatus } from "../domain/reading.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { readRuns, writeRuns } from "./runs.ts";

/** Status and reason of readings in columns that start at `starts` (the last entry is the end). 0: all have the status that follows and no reason; 1: runs of both for each column. */
export function writeQuality(to: IntWriter, readings: Block, starts: Uint32Array): void {
  const { status, reason } = readings;
  const length = starts.at(-1) ?? 0;
  let i = starts[0] ?? 0;
  const first = status[i] ?? 0;
  while (i < length && status[i] === first && reason[i] === 0) i++;
  to.int(contexts.structure, i < length ? 1 : 0);
  if (i === length) {
    to.int(contexts.quality, first);
    return;
  }
  for (let c = 0; c + 1 < starts.length; c++) {
    writeRuns(to, status, starts[c] ?? 0, starts[c + 1] ?? 0);
    writeRuns(to, reason, starts[c] ?? 0, starts[c + 1] ?? 0);
  }
}

/** Fills in status and reason of readings whose columns' starts must stand. */
export function readQuality(from: IntReader, readings: Block, starts: Uint32Array): void {
  if (from.int(contexts.structure, "quality", 1) === 0) {
    const status = from.int(contexts.quality, "status", 255);
    if (!isStatus(status)) throw from.fail("status", `is ${status}`);
    readings.status.fill(status);
    return;
  }
  for (let c = 0; c + 1 < starts.length; c++) {
    readRuns(from, "status", readings.status, starts[c] ?? 0, starts[c + 1] ?? 0, 255, isStatus);
    readRuns(from, "reason", readings.reason, starts[c] ?? 0, starts[c + 1] ?? 0, 0xffffffff);
  }
}
