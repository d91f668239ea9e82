import { DictionaryEvent, TagEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Kind, TagVersion } from "../../shared/domain/tag.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { TagList } from "../../shared/wire/checksum.ts";
import { isTagEventTrue, resolveDictionary, tagListOf } from "../../shared/wire/dictionary.ts";
import { DamageError, parsed } from "./damage.ts";

/** What the codec and the history must know of a dictionary's tags, in its order. */
export interface Dictionary {
  versions: readonly TagVersion[];
  kinds: readonly Kind[];
  list: TagList;
  /** Position of a tag, by its id. */
  position: ReadonlyMap<Id, number>;
}

/** Dictionaries by hash, out of the journal's own events. Throws DamageError for one that does not stand there as it was told. */
export function openDictionaries(db: Sqlite): (hash: Id) => Dictionary {
  const known = new Map<Id, Dictionary>();
  const body = db.prepare<[Id], string>("select body from definition where hash = ?").pluck();

  function told(hash: Id): string {
    const json = body.get(hash);
    if (json === undefined) throw new DamageError(`definition ${hash} is not in this journal`);
    return json;
  }

  function versionOf(hash: Id): TagVersion {
    const event = parsed(TagEvent, told(hash), `tag version ${hash}`);
    if (event.hash !== hash || !isTagEventTrue(event))
      throw new DamageError(`tag version ${hash} is not what was told`);
    return event.version;
  }

  return (hash) => {
    const seen = known.get(hash);
    if (seen !== undefined) return seen;
    const tags = resolveDictionary(hash, (name) => parsed(DictionaryEvent, told(name), `dictionary ${name}`));
    if (tags === null) throw new DamageError(`dictionary ${hash} is not in this journal`);
    const versions = tags.map(versionOf);
    const kinds = versions.map(({ kind }) => kind);
    const dictionary = {
      versions,
      kinds,
      list: tagListOf(versions),
      position: new Map(versions.map(({ id }, i) => [id, i])),
    };
    known.set(hash, dictionary);
    return dictionary;
  };
}
