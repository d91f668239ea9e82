import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Definitions } from "./definitions.ts";
import type { Groups } from "./segment-rows.ts";

/** Whether a tag version can have compacted numbers in a span of time (ms UTC, `to` not included). */
export function spansHaving(
  db: Sqlite,
  definitions: Pick<Definitions, "representation">,
): (version: number, from: number, to: number) => boolean {
  const spans = db
    .prepare<[number, number, number], string>(
      `select versions from span where rig = (select rig from tag_version where no = ?) and to_at >= ? and from_at < ?`,
    )
    .pluck();
  // A list that is not as it was written may be no list at all.
  const listed = (versions: string, version: number) => {
    try {
      const groups: Groups = JSON.parse(versions);
      return groups.flat().includes(version);
    } catch {
      return true;
    }
  };
  return (version, from, to) =>
    definitions.representation(version) !== "text" &&
    spans.all(version, from, to).some((versions) => listed(versions, version));
}
