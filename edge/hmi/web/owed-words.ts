import type { HmiLane, HmiLink } from "../../../shared/domain/hmi.ts";
import { numberText, spanText } from "../../../shared/ui/format.ts";
import { noAnswer } from "./link-words.ts";

/** All that the office has not confirmed: values of every lane by the drilling time that they are, events by number; null where nothing waits. */
export function owedText(lanes: readonly HmiLane[]): string | null {
  const ms = lanes.reduce((sum, { waitingMs }) => sum + (waitingMs ?? 0), 0);
  const events = lanes.find(({ lane }) => lane === "events")?.waitingFrames ?? 0;
  const parts = [
    ...(ms === 0 ? [] : [spanText(ms)]),
    ...(events === 0 ? [] : [`${numberText(events, 0)} ${events === 1 ? "event" : "events"}`]),
  ];
  return parts.length === 0 ? null : parts.join(" and ");
}

/** What stands between "complete to" and now. */
export function behindText(link: HmiLink, wall: number): string {
  if (link.completeTo === null) return link.lastReceiptAt === null ? "no receipt yet" : "the cloud has not said";
  const owed = owedText(link.lanes);
  if (link.state !== "up") return owed === null ? "nothing waits for the link" : `${owed} wait for the link`;
  if (owed === null) return "nothing waits";
  return noAnswer(link, wall) === null ? `${owed} on their way` : `${owed} not confirmed`;
}
