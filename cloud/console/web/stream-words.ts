import type { Coverage } from "../../../shared/domain/api-coverage.ts";
import { numberText } from "../../../shared/ui/format.ts";

type StreamFacts = Coverage["streams"][number];

/**
 * Up to when a stream is here, never later than the newest that the office has: of events that it has not heard of it knows nothing. `online`: the rig reports.
 */
export function completeWords(
  { stream, completeTo, underWay }: Pick<StreamFacts, "stream" | "completeTo" | "underWay">,
  online: boolean,
  stamp: (at: number) => string,
): string {
  if (completeTo === null) return "Not known";
  if (stream === "telemetry" || underWay > 0) return stamp(completeTo);
  return online
    ? `${stamp(completeTo)}; none known to be on its way`
    : `${stamp(completeTo)}, the newest before it went silent`;
}

/** What of a stream is still at the rig, as far as the office has heard. */
export function underWayWords({ underWay }: Pick<StreamFacts, "underWay">): string {
  return underWay === 0
    ? "Nothing that is known of"
    : `${numberText(underWay, 0)} ${underWay === 1 ? "frame" : "frames"}`;
}

/** When it will be here; never a guess. */
export function arrivalWords(
  { underWay, arrivesAt }: Pick<StreamFacts, "underWay" | "arrivesAt">,
  stamp: (at: number) => string,
): string {
  if (underWay === 0) return "";
  return arrivesAt === null ? "Not known: no backfill is measured" : stamp(arrivesAt);
}
