import type { Representation } from "../../shared/domain/reading.ts";
import { type Block, NO_VALUE } from "../../shared/domain/reading.ts";
import type { FrameEntry, Merged } from "./merge.ts";
import { placedColumns } from "./placed.ts";

/** The newest compacted reading of a tag version in an epoch, bit by bit. `status` may say DATED or UNDATED. */
export interface LatestRow {
  epoch: number;
  version: number;
  seq: number;
  at: number;
  low: number;
  high: number;
  status: number;
  reason: number;
  text: string | null;
}

/** When a reading was taken; of one that nobody can date, what its rig's clock said: its status says so. */
export function timeOf(placed: Block, original: Block, i: number): number {
  const at = placed.at[i] ?? Number.NaN;
  return Number.isNaN(at) ? (original.at[i] ?? 0) : at;
}

/** The last reading of each version in each epoch, by seq. */
export function latestOf(
  merged: Merged,
  epochNoOf: (frame: FrameEntry) => number,
  as: (version: number) => Representation,
): LatestRow[] {
  const { frames, versions, columns } = merged;
  const { starts, frame } = columns;
  const readings = placedColumns(merged);
  const rows: LatestRow[] = [];
  const oneEpoch = frames[0]?.epoch === frames.at(-1)?.epoch;
  for (const [v, version] of versions.entries()) {
    const end = starts[v + 1] ?? 0;
    // A column is in the order of frames, those in that of epochs: the last reading of each epoch is where the epoch changes.
    for (let i = oneEpoch ? end - 1 : (starts[v] ?? 0); i < end; i++) {
      const entry = frames[frame[i] ?? 0];
      const next = i + 1 < end ? frames[frame[i + 1] ?? 0] : undefined;
      if (entry === undefined || next?.epoch === entry.epoch) continue;
      const status = readings.status[i] ?? 0;
      const isText = as(version) === "text" && (status & NO_VALUE) === 0;
      rows.push({
        epoch: epochNoOf(entry),
        version,
        seq: entry.seq,
        at: timeOf(readings, columns.readings, i),
        low: isText ? 0 : (readings.words[2 * i] ?? 0),
        high: isText ? 0 : (readings.words[2 * i + 1] ?? 0),
        status,
        reason: readings.reason[i] ?? 0,
        text: isText ? (readings.texts[readings.value[i] ?? 0] ?? "") : null,
      });
    }
  }
  return rows;
}
