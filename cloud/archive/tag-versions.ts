import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { damagedRow } from "./damage.ts";
import { soundSql } from "./schema.ts";

/**
 * Numbers of the versions of a rig's tag, by validity. Versions are only ever added; they are read row by row, since an index that is not as it was
 * written would hide one. Throws ArchiveDamaged where a version is not as it was written.
 */
export function tagVersions(db: Sqlite): (rig: number, tag: Id) => readonly number[] {
  const newest = db.prepare<[], number | null>("select max(no) from tag_version").pluck();
  const all = db.prepare<[], { no: number; rig: number; tag: string; sound: number }>(
    `select no, rig, tag, ${soundSql("tag_version")} as sound from tag_version not indexed order by valid_from, no`,
  );
  let known = new Map<string, number[]>();
  let upTo: number | null = null;
  return (rig, tag) => {
    const last = newest.get() ?? null;
    if (last !== upTo) {
      known = new Map();
      for (const { no, rig: owner, tag: of, sound } of all.iterate()) {
        if (sound !== 1) throw damagedRow("tag version", no);
        const key = `${owner}/${of}`;
        known.set(key, [...(known.get(key) ?? []), no]);
      }
      upTo = last;
    }
    return known.get(`${rig}/${tag}`) ?? [];
  };
}
