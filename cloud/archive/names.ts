import type { Id, RigId } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";

/** Numbers that stand for rigs and epochs in the archive's tables; given at first mention, never re-used. */
export interface Names {
  rigNo(rig: RigId): number;
  epochNo(rig: RigId, epoch: Id): number;
  seriesNo(rig: number, tag: Id): number;
  /** Call after a rollback: numbers given in it are void. */
  forget(): void;
}

export function namesOf(db: Sqlite): Names {
  const rigs = new Map<string, number>();
  const epochs = new Map<string, number>();
  const series = new Map<string, number>();
  const rig = {
    put: db.prepare<[string]>("insert or ignore into rig (rig) values (?)"),
    get: db.prepare<[string], number>("select no from rig where rig = ?").pluck(),
  };
  const epoch = {
    put: db.prepare<[number, string]>("insert or ignore into epoch (rig, epoch) values (?, ?)"),
    get: db.prepare<[number, string], number>("select no from epoch where rig = ? and epoch = ?").pluck(),
  };
  const tag = {
    put: db.prepare<[number, string]>("insert or ignore into series (rig, tag) values (?, ?)"),
    get: db.prepare<[number, string], number>("select no from series where rig = ? and tag = ?").pluck(),
  };
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
  const rigNo = (name: string) =>
    given(
      rigs,
      name,
      () => rig.put.run(name),
      () => rig.get.get(name),
    );
  return {
    rigNo,
    epochNo(name, id) {
      const no = rigNo(name);
      return given(
        epochs,
        `${no}/${id}`,
        () => epoch.put.run(no, id),
        () => epoch.get.get(no, id),
      );
    },
    seriesNo: (no, id) =>
      given(
        series,
        `${no}/${id}`,
        () => tag.put.run(no, id),
        () => tag.get.get(no, id),
      ),
    forget() {
      rigs.clear();
      epochs.clear();
      series.clear();
    },
  };
}
