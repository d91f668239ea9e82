import type { RigEvent } from "../shared/domain/event.ts";
import type { Id } from "../shared/domain/id.ts";
import type { TagVersion } from "../shared/domain/tag.ts";
import type { TagList } from "../shared/wire/checksum.ts";
import { canonicalJson, dictionaryEvent, tagEvent, tagListOf } from "../shared/wire/dictionary.ts";

/** What this run's frames refer to. */
export interface RigDictionary {
  hash: Id;
  versions: readonly TagVersion[];
  list: TagList;
  /** What the journal must be told before the first frame, in frames of events; none where it knows all. */
  untold: RigEvent[][];
}

/** What a journal knows of tags. */
export interface Told {
  /** Hashes of tag versions and dictionaries. */
  defined: readonly Id[];
  /** The newest version of every tag. */
  tags: readonly TagVersion[];
  dictionary: { hash: Id; tags: readonly Id[] } | null;
}

/** Events of so many tag versions share a frame, which has to stay below 1 MB. */
const TAGS_A_FRAME = 1_000;

/** A tag that did not change since it was told keeps its version, and so its name. */
export function sameVersions(versions: readonly TagVersion[], told: Told): TagVersion[] {
  const known = new Map(told.tags.map((version) => [version.id, version]));
  return versions.map((version) => {
    const before = known.get(version.id);
    return before !== undefined && canonicalJson({ ...version, validFrom: before.validFrom }) === canonicalJson(before)
      ? before
      : version;
  });
}

/** All that a journal which knows nothing must be told of these tag versions, in frames of events. */
export function wholeDictionary(versions: readonly TagVersion[]): RigEvent[][] {
  return dictionaryOf(versions, { defined: [], tags: [], dictionary: null }).untold;
}

/** The dictionary of these tag versions, in this order. */
export function dictionaryOf(versions: readonly TagVersion[], told: Told): RigDictionary {
  const tags = versions.map(tagEvent);
  const event = dictionaryEvent(
    tags.map(({ hash }) => hash),
    told.dictionary,
  );
  const defined = new Set(told.defined);
  const untold: RigEvent[] = [...tags, event].filter(({ hash }) => !defined.has(hash));
  const frames: RigEvent[][] = [];
  for (let i = 0; i < untold.length; i += TAGS_A_FRAME) frames.push(untold.slice(i, i + TAGS_A_FRAME));
  return { hash: event.hash, versions, list: tagListOf(versions), untold: frames };
}
