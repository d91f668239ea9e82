import { mostTags } from "../../shared/domain/api-history.ts";
import { sensorOf } from "../../shared/domain/catalogue.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { unprocessable } from "../../shared/node/http/errors.ts";
import type { History } from "../archive/history.ts";

/** The tags that a query names by name, id or the catalogue's alias, in its order; the first of all where it names none. 422 for an unknown one. */
export async function askedTags(
  history: Pick<History, "tags">,
  rig: RigId,
  query: { tags?: string[] | undefined; parameters?: string[] | undefined },
): Promise<TagVersion[]> {
  const known = await history.tags(rig);
  const field = query.tags === undefined ? "parameters" : "tags";
  const asked = query.tags ?? query.parameters;
  if (asked === undefined) return known.slice(0, mostTags);
  const found = [...new Set(asked.map((name) => tagNamed(known, name) ?? name))];
  const unknown = found.filter((tag) => typeof tag === "string");
  if (unknown.length > 0)
    throw unprocessable(
      unknown.map((name) => ({ field, message: `this rig has no tag "${name}"`, type: "unknown_name" })),
    );
  return found.filter((tag) => typeof tag !== "string");
}

function tagNamed(tags: readonly TagVersion[], name: string): TagVersion | undefined {
  const byName = (wanted: string) => tags.find((tag) => tag.name === wanted);
  const sensor = sensorOf(name);
  return (
    tags.find((tag) => tag.id === name) ?? byName(name) ?? (sensor === undefined ? undefined : byName(sensor.name))
  );
}
