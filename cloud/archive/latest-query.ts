import type { Id } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { viewOf } from "./block-view.ts";
import type { Finds } from "./damage.ts";
import { type Dating, datingOf } from "./dating.ts";
import type { Definitions } from "./definitions.ts";
import { type EpochRow, epochRows } from "./epoch-rows.ts";
import type { LatestValue } from "./history.ts";
import { type LatestRow, timeOf } from "./latest-rows.ts";
import { placed } from "./placed.ts";
import { soundSql } from "./schema.ts";
import { openTailBatch, sourceOf, type TailRow, tailColumns } from "./tail.ts";

/** Epochs that are asked, from the running one back, for tags that it has not read yet. */
const MOST_EPOCHS = 5;

/** The newest reading of each tag of a rig, by seq and never by time; calls belong inside one read transaction. */
export function latestQuery(
  db: Sqlite,
  definitions: Definitions,
  epochOf: (no: number) => Id,
  finds: Finds,
): (rig: number, running: Id | null) => LatestValue[] {
  const epochs = epochRows(db);
  const dating = datingOf(db, finds);
  const epochNo = db.prepare<[number, string], number>("select no from epoch where rig = ? and epoch = ?").pluck();
  const compacted = db.prepare<[number], LatestRow & { sound: number }>(
    `select *, ${soundSql("latest")} as sound from latest where epoch = ?`,
  );
  const waiting = db.prepare<[number, number], TailRow>(
    `select ${tailColumns} from tail where rig = ? and epoch = ? order by last desc`,
  );

  /** By tag version. */
  function ofEpoch(rig: number, row: EpochRow, dated: Dating): Map<number, LatestValue> {
    const found = new Map<number, LatestValue>();
    for (const { sound, ...one } of compacted.all(row.no)) {
      if (sound === 1) found.set(one.version, latestOf(one, row.epoch, definitions));
      else finds({ type: "repeated", table: "latest" });
    }
    for (const tail of waiting.iterate(rig, row.no)) {
      const batch = openTailBatch(rig, tail, definitions.dictionary, finds);
      if (batch === null) continue;
      const { frames, pieces } = sourceOf(batch, epochOf(tail.epoch), dated);
      for (const [version, { frame, readings, start, end }] of pieces) {
        let i = end - 1;
        while (i >= start && frames[frame[i] ?? 0] === null) i--;
        const seq = frames[frame[i] ?? 0]?.seq;
        if (i < start || seq === undefined || seq < (found.get(version)?.seq ?? 0)) continue;
        const reading = new Block(1);
        const one = placed(frames, frame, readings, i, i + 1);
        reading.pushFrom(one ?? readings, one === null ? i : 0, definitions.representation(version) === "text");
        if (one !== null) reading.at[0] = timeOf(reading, viewOf(readings, i, i + 1), 0);
        found.set(version, { version: definitions.version(version), epoch: row.epoch, seq, reading });
      }
    }
    return found;
  }

  return (rig, running) => {
    const byTag = new Map<Id, LatestValue>();
    const dated = dating(rig);
    let next = running;
    for (let i = 0; next !== null && i < MOST_EPOCHS; i++) {
      const no = epochNo.get(rig, next);
      if (no === undefined) break;
      const row = epochs.get(no);
      const here = [...ofEpoch(rig, row, dated).values()].sort((one, other) => other.seq - one.seq);
      for (const value of here) if (!byTag.has(value.version.id)) byTag.set(value.version.id, value);
      const { predecessor } = row;
      next = predecessor === undefined || predecessor === null || predecessor === "unknown" ? null : predecessor.epoch;
    }
    return [...byTag.values()];
  };
}

function latestOf(row: LatestRow, epoch: Id, definitions: Definitions): LatestValue {
  const reading = new Block(1);
  if (row.text === null) reading.pushBits(0, row.at, row.low, row.high, row.status, row.reason);
  else reading.pushText(0, row.at, row.text, row.status, row.reason);
  return { version: definitions.version(row.version), epoch, seq: row.seq, reading };
}
