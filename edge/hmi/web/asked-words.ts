import type { HmiAsked } from "../../../shared/domain/hmi.ts";
import { bytesText, numberText, type Zone } from "../../../shared/ui/format.ts";

/** What the office asks for and how far it is. */
export function askedText(asked: HmiAsked, labels: ReadonlyMap<string, string>, zone: Zone): string {
  return `${whatText(asked, labels, zone)}: ${howFar(asked, zone)}`;
}

/** What it costs beyond the budget, of what it may; null where nothing is sent for it. */
export function askedCost({ state, spentBytes, maxBytes }: HmiAsked): string | null {
  return state === "taken" ? `${bytesText(spentBytes)} of ${bytesText(maxBytes)} beyond the budget` : null;
}

function whatText({ span, tags }: HmiAsked, labels: ReadonlyMap<string, string>, zone: Zone): string {
  if (span !== null) return `${zone.day(span.from)} ${zone.minute(span.from)} to ${endText(span, zone)}`;
  const [first = "", ...more] = tags.map((tag) => labels.get(tag) ?? tag);
  return `every tick of ${first}${more.length === 0 ? "" : ` and ${more.length} more`}`;
}

function endText({ from, to }: { from: number; to: number }, zone: Zone): string {
  return zone.day(from) === zone.day(to) ? zone.minute(to) : `${zone.day(to)} ${zone.minute(to)}`;
}

function howFar({ state, why, frames, leftFrames, span, endsAt }: HmiAsked, zone: Zone): string {
  if (state === "sought") return "looked for on the disk";
  if (state === "refused") return `not sent first: ${why ?? "no reason given"}`;
  if (span === null) return `until ${zone.minute(endsAt)}`;
  return `${numberText(leftFrames, 0)} of ${numberText(frames, 0)} frames left`;
}
