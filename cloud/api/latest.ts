import type { LatestReading } from "../../shared/domain/api-latest.ts";
import { latestReading } from "../../shared/domain/columns.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";

/** The latest reading of each tag of a rig; a tag that was never read has none. */
export async function latestOf(history: Pick<History, "latest">, rig: RigId, now: number): Promise<LatestReading[]> {
  const values = await history.latest(rig);
  return values.map(({ version, reading }) => latestReading(rig, version, reading, 0, now));
}
