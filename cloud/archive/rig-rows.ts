import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { damagedRow } from "./damage.ts";
import { sealSql, soundSql } from "./schema.ts";

/** What a landing says of its rig; it counts if it is later than what is known. */
export interface RigNote {
  landedAt: EpochMs;
  /** The rig's own time of its newest live frame. */
  liveAt?: EpochMs;
  /** Of a live frame of the epoch that runs. */
  dictionary?: Id;
}

/** The table of rigs, by their numbers. Notes wait for `flush`, which belongs into the same transaction. */
export interface RigRows {
  runningOf(rig: number): Id | null;
  setRunning(rig: number, epoch: Id, answer: Id): void;
  note(rig: number, note: RigNote): void;
  flush(): void;
  /** Call after a rollback. */
  forget(): void;
}

export function rigRows(db: Sqlite): RigRows {
  const getRunning = db.prepare<[number], { running: string | null; sound: number }>(
    `select running, ${soundSql("rig")} as sound from rig where no = ?`,
  );
  const setRunning = db.prepare("update rig set running = ?, answer = ? where no = ?");
  const seal = db.prepare<[number]>(`update rig set seal = ${sealSql("rig")} where no = ?`);
  const put = db.prepare<[EpochMs, EpochMs | null, Id | null, number]>(
    `update rig set landed_at = max(coalesce(landed_at, 0), ?), live_at = coalesce(max(coalesce(live_at, 0), ?), live_at),
       dictionary = coalesce(?, dictionary) where no = ?`,
  );
  const running = new Map<number, Id | null>();
  const notes = new Map<number, RigNote>();
  return {
    runningOf(rig) {
      let epoch = running.get(rig);
      if (epoch === undefined) {
        const row = getRunning.get(rig);
        if (row?.sound !== 1) throw damagedRow("rig", rig);
        epoch = row.running;
        running.set(rig, epoch);
      }
      return epoch;
    },
    setRunning(rig, epoch, answer) {
      setRunning.run(epoch, answer, rig);
      seal.run(rig);
      running.set(rig, epoch);
    },
    note(rig, note) {
      const { landedAt, liveAt = 0, ...known } = notes.get(rig) ?? { landedAt: 0 };
      const later = { ...known, ...note, landedAt: Math.max(landedAt, note.landedAt) };
      notes.set(rig, liveAt > 0 ? { ...later, liveAt: Math.max(liveAt, note.liveAt ?? 0) } : later);
    },
    flush() {
      for (const [rig, { landedAt, liveAt, dictionary }] of notes) {
        put.run(landedAt, liveAt ?? null, dictionary ?? null, rig);
        seal.run(rig);
      }
      notes.clear();
    },
    forget() {
      running.clear();
      notes.clear();
    },
  };
}
