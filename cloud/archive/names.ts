import type { Id, RigId } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";

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
  const putRig = db.prepare<[string]>("insert or ignore into rig (rig) values (?)");
  const getRig = db.prepare<[string], number>("select no from rig where rig = ?").pluck();
  const putEpoch = db.prepare<[number, string]>("insert or ignore into epoch (rig, epoch) values (?, ?)");
  const getEpoch = db.prepare<[number, string], number>("select no from epoch where rig = ? and epoch = ?").pluck();
  const epochOf = db.prepare<[number], string>("select epoch from epoch where no = ?").pluck();
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
        () => putRig.run(rig),
        () => getRig.get(rig),
      ),
    epochNo: (rig, epoch) =>
      given(
        epochs,
        `${rig}/${epoch}`,
        () => putEpoch.run(rig, epoch),
        () => getEpoch.get(rig, epoch),
      ),
    epochOf(no) {
      const epoch = epochOf.get(no);
      if (epoch === undefined) throw new Error(`archive: no epoch has the number ${no}`);
      return epoch;
    },
    forget() {
      rigs.clear();
      epochs.clear();
    },
  };
}
