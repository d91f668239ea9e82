import type { RigEvent } from "../../shared/domain/event.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { TagVersion as TagVersionSchema } from "../../shared/domain/tag.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { clockStates } from "../../shared/wire/names.ts";
import type { EventFrame } from "./archive.ts";

/** The tables of events: frames byte by byte, and what is in them as rows. */
export interface EventRows {
  put(rig: number, epoch: number, frame: EventFrame, landedAt: number): void;
}

/** Tag versions and dictionaries by their hashes. */
export interface DefinitionRows {
  put(rig: number, event: RigEvent): void;
  /** The versions that a dictionary lists, in order; null while it, a parent or a version is missing. */
  dictionary(rig: number, hash: string): readonly TagVersion[] | null;
  /** Call after a rollback. */
  forget(): void;
}

export function eventRows(db: Sqlite, definitions: DefinitionRows): EventRows {
  const putFrame = db.prepare("insert into event_frame (epoch, seq, at, mono, clock, body) values (?, ?, ?, ?, ?, ?)");
  const putEvent = db.prepare(
    "insert into event (rig, epoch, seq, place, type, at, landed_at, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const putRecord = db.prepare("update epoch set record = ? where no = ?");
  return {
    put(rig, epoch, frame, landedAt) {
      const { seq, at, mono, clock, bytes, events } = frame;
      putFrame.run(epoch, seq, at, mono, clockStates.indexOf(clock), bytes);
      for (const [place, event] of events.entries()) {
        const body = JSON.stringify(event);
        putEvent.run(rig, epoch, seq, place, event.type, at, landedAt, body);
        if (event.type === "epoch" && seq === 1) putRecord.run(body, epoch);
        else definitions.put(rig, event);
      }
    },
  };
}

/** A rig may write a definition again: its name is its content. */
export function definitionRows(db: Sqlite): DefinitionRows {
  const putTag = db.prepare(
    "insert or ignore into tag_version (rig, hash, tag, version, valid_from) values (?, ?, ?, ?, ?)",
  );
  const putList = db.prepare(
    "insert or ignore into dictionary (rig, hash, parent, keep, added) values (?, ?, ?, ?, ?)",
  );
  const getTag = db
    .prepare<[number, string], string>("select version from tag_version where rig = ? and hash = ?")
    .pluck();
  const getList = db.prepare<[number, string], { parent: string | null; keep: number; added: string }>(
    "select parent, keep, added from dictionary where rig = ? and hash = ?",
  );
  const known = new Map<string, readonly TagVersion[]>();

  /** Hashes of the versions of a list; null where a parent is missing. */
  function hashesOf(rig: number, hash: string): string[] | null {
    const adds: { keep: number; added: string[] }[] = [];
    for (let next: string | null = hash; next !== null; ) {
      const row = getList.get(rig, next);
      if (row === undefined || adds.length > 10_000) return null;
      adds.push({ keep: row.keep, added: JSON.parse(row.added) });
      next = row.parent;
    }
    return adds.reverse().reduce<string[]>((list, { keep, added }) => [...list.slice(0, keep), ...added], []);
  }

  return {
    put(rig: number, event: RigEvent): void {
      if (event.type === "tag") {
        const { version, hash } = event;
        putTag.run(rig, hash, version.id, JSON.stringify(version), version.validFrom);
      }
      if (event.type === "dictionary") {
        putList.run(rig, event.hash, event.parent, event.keep, JSON.stringify(event.add));
      }
    },
    dictionary(rig: number, hash: string): readonly TagVersion[] | null {
      const key = `${rig}/${hash}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const versions: TagVersion[] = [];
      const hashes = hashesOf(rig, hash);
      if (hashes === null) return null;
      for (const one of hashes) {
        const json = getTag.get(rig, one);
        if (json === undefined) return null;
        versions.push(TagVersionSchema.parse(JSON.parse(json)));
      }
      known.set(key, versions);
      return versions;
    },
    forget: () => known.clear(),
  };
}
