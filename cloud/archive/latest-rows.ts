import type { Representation } from "../../shared/domain/reading.ts";
import { NO_VALUE } from "../../shared/domain/reading.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { FrameEntry, Merged } from "./merge.ts";

/** The newest compacted reading of a tag version in an epoch, bit by bit. */
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

/** Notes the last reading of each version by seq, never by arrival. */
export function latestRows(
  db: Sqlite,
): (merged: Merged, epochNoOf: (frame: FrameEntry) => number, as: (version: number) => Representation) => void {
  const put = db.prepare(
    `insert into latest (epoch, version, seq, at, low, high, status, reason, text) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (epoch, version) do update set seq = excluded.seq, at = excluded.at, low = excluded.low, high = excluded.high,
       status = excluded.status, reason = excluded.reason, text = excluded.text
     where excluded.seq >= latest.seq`,
  );
  return ({ frames, versions, columns }, epochNoOf, as) => {
    const { starts, frame, readings } = columns;
    for (const [v, version] of versions.entries()) {
      // A column is in the order of frames: the last reading of each epoch is where the epoch changes.
      for (let i = starts[v] ?? 0; i < (starts[v + 1] ?? 0); i++) {
        const entry = frames[frame[i] ?? 0];
        const next = i + 1 < (starts[v + 1] ?? 0) ? frames[frame[i + 1] ?? 0] : undefined;
        if (entry === undefined || next?.epoch === entry.epoch) continue;
        const status = readings.status[i] ?? 0;
        const isText = as(version) === "text" && (status & NO_VALUE) === 0;
        put.run(
          epochNoOf(entry),
          version,
          entry.seq,
          readings.at[i] ?? 0,
          isText ? 0 : (readings.words[2 * i] ?? 0),
          isText ? 0 : (readings.words[2 * i + 1] ?? 0),
          status,
          readings.reason[i] ?? 0,
          isText ? (readings.texts[readings.value[i] ?? 0] ?? "") : null,
        );
      }
    }
  };
}
