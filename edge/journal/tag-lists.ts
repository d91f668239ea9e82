import { DictionaryEvent, TagEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Kind } from "../../shared/domain/tag.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { TagList } from "../../shared/wire/checksum.ts";
import { resolveDictionary, tagListOf } from "../../shared/wire/dictionary.ts";

/** What the codec and the history must know of a dictionary's tags, in its order. */
export interface Dictionary {
  kinds: readonly Kind[];
  list: TagList;
  /** Position of a tag, by its id. */
  position: ReadonlyMap<Id, number>;
}

/** Dictionaries by hash, out of the journal's own events. Throws for one that was never told. */
export function openDictionaries(db: Sqlite): (hash: Id) => Dictionary {
  const known = new Map<Id, Dictionary>();
  const body = db.prepare<[Id], string>("select body from definition where hash = ?").pluck();

  function told(hash: Id): unknown {
    const json = body.get(hash);
    if (json === undefined) throw new Error(`definition ${hash} is not in this journal`);
    return JSON.parse(json);
  }

  return (hash) => {
    const seen = known.get(hash);
    if (seen !== undefined) return seen;
    const tags = resolveDictionary(hash, (name) => DictionaryEvent.parse(told(name)));
    if (tags === null) throw new Error(`dictionary ${hash} is not in this journal`);
    const versions = tags.map((tag) => TagEvent.parse(told(tag)).version);
    const kinds = versions.map(({ kind }) => kind);
    const dictionary = { kinds, list: tagListOf(versions), position: new Map(versions.map(({ id }, i) => [id, i])) };
    known.set(hash, dictionary);
    return dictionary;
  };
}
