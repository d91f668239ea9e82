import { DictionaryEvent, type RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Representation } from "../../shared/domain/reading.ts";
import { representationOf, TagVersion } from "../../shared/domain/tag.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { TagList } from "../../shared/wire/checksum.ts";
import { isTagEventTrue, resolveDictionary, tagListOf } from "../../shared/wire/dictionary.ts";
import { damagedRow } from "./damage.ts";
import { insertSql, soundSql } from "./schema.ts";

/** The tag versions that a dictionary lists, in order, and what stands for them. */
export interface Dictionary {
  versions: readonly TagVersion[];
  /** Their numbers in the archive. */
  numbers: readonly number[];
  tags: TagList;
}

/** Tag versions and dictionaries, named by their hashes. */
export interface Definitions {
  /** Takes a tag version or a dictionary in; a rig may write one again, its name is its content. What contradicts its own name is left out. */
  put(rig: number, event: RigEvent): void;
  /** Null while it, a parent or a version of it is missing; throws ArchiveDamaged where one is not as it was written. */
  dictionary(rig: number, hash: Id): Dictionary | null;
  /** The version with this number; throws where there is none. */
  version(no: number): TagVersion;
  representation(version: number): Representation;
  /** Call after a rollback. */
  forget(): void;
}

export function definitionsOf(db: Sqlite): Definitions {
  const putTag = db.prepare(insertSql("tag_version", "insert or ignore into"));
  const lastTag = db.prepare<[], number>("select coalesce(max(no), 0) from tag_version").pluck();
  const putList = db.prepare(insertSql("dictionary", "insert or ignore into"));
  const getTag = db.prepare<[number, string], { no: number; version: string; sound: number }>(
    `select no, version, ${soundSql("tag_version")} as sound from tag_version where rig = ? and hash = ?`,
  );
  const getVersion = db.prepare<[number], { version: string; sound: number }>(
    `select version, ${soundSql("tag_version")} as sound from tag_version where no = ?`,
  );
  const getList = db.prepare<[number, string], { parent: string | null; keep: number; added: string; sound: number }>(
    `select parent, keep, added, ${soundSql("dictionary")} as sound from dictionary where rig = ? and hash = ?`,
  );
  const known = new Map<string, Dictionary>();
  const versions = new Map<number, TagVersion>();

  function find(rig: number, hash: Id): DictionaryEvent | undefined {
    const row = getList.get(rig, hash);
    if (row === undefined) return undefined;
    const { parent, keep, added } = row;
    if (row.sound !== 1) throw damagedRow("dictionary", hash);
    return DictionaryEvent.parse({ type: "dictionary", hash, parent, keep, add: JSON.parse(added) });
  }

  function read(rig: number, hash: Id): Dictionary | null {
    const hashes = resolveDictionary(hash, (one) => find(rig, one));
    if (hashes === null) return null;
    const list: TagVersion[] = [];
    const numbers: number[] = [];
    for (const one of hashes) {
      const row = getTag.get(rig, one);
      if (row === undefined) return null;
      if (row.sound !== 1) throw damagedRow("tag version", one);
      numbers.push(row.no);
      list.push(TagVersion.parse(JSON.parse(row.version)));
    }
    return { versions: list, numbers, tags: tagListOf(list) };
  }

  function version(no: number): TagVersion {
    let found = versions.get(no);
    if (found === undefined) {
      const row = getVersion.get(no);
      if (row?.sound !== 1) throw damagedRow("tag version", no);
      found = TagVersion.parse(JSON.parse(row.version));
      versions.set(no, found);
    }
    return found;
  }

  return {
    put(rig, event) {
      if (event.type === "tag" && isTagEventTrue(event)) {
        const { hash, version } = event;
        const no = (lastTag.get() ?? 0) + 1;
        putTag.run({ no, rig, hash, tag: version.id, version: JSON.stringify(version), valid_from: version.validFrom });
      }
      if (event.type === "dictionary") {
        const { hash, parent, keep, add } = event;
        putList.run({ rig, hash, parent, keep, added: JSON.stringify(add) });
      }
    },
    dictionary(rig, hash) {
      const key = `${rig}/${hash}`;
      let dictionary = known.get(key) ?? null;
      if (dictionary === null) {
        dictionary = read(rig, hash);
        if (dictionary !== null) known.set(key, dictionary);
      }
      return dictionary;
    },
    version,
    representation: (no) => representationOf(version(no).kind),
    forget() {
      known.clear();
      versions.clear();
    },
  };
}
