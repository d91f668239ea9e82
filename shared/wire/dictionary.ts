import type { DictionaryEvent, TagEvent } from "../domain/event.ts";
import type { Id } from "../domain/id.ts";
import { representationOf, type TagVersion } from "../domain/tag.ts";
import { WireError } from "./bytes.ts";
import type { TagList } from "./checksum.ts";
import { hash64 } from "./hash64.ts";
import { maxParents, maxTags } from "./limits.ts";

/** JSON with sorted keys and without what is undefined: equal content, equal text. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value).filter(([, content]) => content !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, content]) => `${JSON.stringify(key)}:${canonicalJson(content)}`).join(",")}}`;
}

/** The name of a tag version: the first 64 bits of SHA-256 over its canonical JSON. */
export function tagHash(version: TagVersion): Id {
  return hash64(canonicalJson(version));
}

/** The name of a dictionary: the same over the ordered hashes of its tag versions, joined by commas. */
export function dictionaryHash(tags: readonly Id[]): Id {
  return hash64(tags.join(","));
}

export function tagEvent(version: TagVersion): TagEvent {
  return { type: "tag", hash: tagHash(version), version };
}

/** The event that makes `tags` (hashes) a dictionary, as what differs from its parent. */
export function dictionaryEvent(
  tags: readonly Id[],
  parent: { hash: Id; tags: readonly Id[] } | null,
): DictionaryEvent {
  let keep = 0;
  while (parent !== null && keep < parent.tags.length && keep < tags.length && parent.tags[keep] === tags[keep]) keep++;
  return { type: "dictionary", hash: dictionaryHash(tags), parent: parent?.hash ?? null, keep, add: tags.slice(keep) };
}

/** Whether a tag event's hash is that of its version. */
export function isTagEventTrue(event: TagEvent): boolean {
  return tagHash(event.version) === event.hash;
}

/**
 * The ordered tag hashes of a dictionary; null where an ancestor is not known (`find` says undefined). Throws WireError
 * where the chain contradicts itself: a wrong hash, more kept than there is, a circle.
 */
export function resolveDictionary(hash: Id, find: (hash: Id) => DictionaryEvent | undefined): Id[] | null {
  const chain: DictionaryEvent[] = [];
  for (let next: Id | null = hash; next !== null; ) {
    const event = find(next);
    if (event === undefined) return null;
    if (event.hash !== next) throw new WireError(`dictionary ${next}: is named ${event.hash}`);
    if (chain.length > maxParents) throw new WireError(`dictionary ${hash}: has more than ${maxParents} ancestors`);
    chain.push(event);
    next = event.parent;
  }
  let tags: Id[] = [];
  for (const event of chain.reverse()) {
    if (event.keep > tags.length)
      throw new WireError(`dictionary ${event.hash}: keeps ${event.keep} of ${tags.length} tags`);
    if (event.keep + event.add.length > maxTags)
      throw new WireError(`dictionary ${event.hash}: has over ${maxTags} tags`);
    tags = [...tags.slice(0, event.keep), ...event.add];
  }
  // Its own hash vouches for all that it was made of.
  if (dictionaryHash(tags) !== hash) throw new WireError(`dictionary ${hash}: its tags have another hash`);
  return tags;
}

/** What the codec must know of a dictionary's tags. */
export function tagListOf(versions: readonly TagVersion[]): TagList {
  const ids = new Uint32Array(2 * versions.length);
  for (const [t, { id }] of versions.entries()) {
    ids[2 * t] = Number.parseInt(id.slice(0, 8), 16);
    ids[2 * t + 1] = Number.parseInt(id.slice(8), 16);
  }
  return { ids, representations: versions.map((version) => representationOf(version.kind)) };
}
