import type { Id, RigId } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { damagedRow } from "./damage.ts";
import { sealSql, soundSql } from "./schema.ts";

/** Numbers that stand for rigs and epochs in the archive's tables; given at first mention, never re-used. */
export interface Names {
  rigNo(rig: RigId): number;
  epochNo(rig: number, epoch: Id): number;
  /** The epoch that has this number; throws where none has. */
  epochOf(no: number): Id;
  /** Call after a rollback: numbers given in it are void. */
  forget(): void;
}

export function namesOf(db: Sqlite): Names {
  const rigs = new Map<string, number>();
  const epochs = new Map<string, number>();
  const putRig = db.prepare<[string]>("insert or ignore into rig (rig, seal) values (?, 0)");
  const getRig = db.prepare<[string], number>("select no from rig where rig = ?").pluck();
  const sealRig = db.prepare<[string]>(`update rig set seal = ${sealSql("rig")} where rig = ?`);
  const putEpoch = db.prepare<[number, string]>("insert or ignore into epoch (rig, epoch, seal) values (?, ?, 0)");
  const sealEpoch = db.prepare<[number, string]>(
    `update epoch set seal = ${sealSql("epoch")} where rig = ? and epoch = ?`,
  );
  const getEpoch = db.prepare<[number, string], number>("select no from epoch where rig = ? and epoch = ?").pluck();
  const epochOf = epochIdOf(db);
  const given = (cache: Map<string, number>, key: string, put: () => void, get: () => number | undefined): number => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    let no = get();
    if (no === undefined) {
      put();
      no = get();
    }
    if (no === undefined) throw new Error(`archive: no number was given to ${key}`);
    cache.set(key, no);
    return no;
  };
  return {
    rigNo: (rig) =>
      given(
        rigs,
        rig,
        () => {
          if (putRig.run(rig).changes > 0) sealRig.run(rig);
        },
        () => getRig.get(rig),
      ),
    epochNo: (rig, epoch) =>
      given(
        epochs,
        `${rig}/${epoch}`,
        () => {
          if (putEpoch.run(rig, epoch).changes > 0) sealEpoch.run(rig, epoch);
        },
        () => getEpoch.get(rig, epoch),
      ),
    epochOf,
    forget() {
      rigs.clear();
      epochs.clear();
    },
  };
}

/** Reads the id of the epoch with a number; throws ArchiveDamaged where there is none. */
export function epochIdOf(db: Sqlite): (no: number) => Id {
  const get = db.prepare<[number], { epoch: string; sound: number }>(
    `select epoch, ${soundSql("epoch")} as sound from epoch where no = ?`,
  );
  return (no) => {
    const row = get.get(no);
    if (row?.sound !== 1) throw damagedRow("epoch", no);
    return row.epoch;
  };
}
