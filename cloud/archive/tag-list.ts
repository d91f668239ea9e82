import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import type { TagList } from "../../shared/wire/checksum.ts";

const lists = new WeakMap<readonly TagVersion[], TagList>();

/** A dictionary as the codec wants it; worked out once for each list. */
export function tagListOf(dictionary: readonly TagVersion[]): TagList {
  let list = lists.get(dictionary);
  if (list === undefined) {
    const ids = new Uint32Array(2 * dictionary.length);
    for (const [i, { id }] of dictionary.entries()) {
      ids[2 * i] = Number.parseInt(id.slice(0, 8), 16);
      ids[2 * i + 1] = Number.parseInt(id.slice(8), 16);
    }
    list = { ids, representations: dictionary.map((version) => representationOf(version.kind)) };
    lists.set(dictionary, list);
  }
  return list;
}
