import type { RigTag } from "../../../shared/domain/api-history.ts";
import { type Shown, shownOf } from "../../../shared/ui/shown.ts";
import { displayOf, type System } from "../../../shared/ui/units.ts";
import type { Present } from "./rig-live.ts";

/** Readings travel in batches and over a slow link: what is younger than this is not stale, however often it comes. */
const freshMs = 10_000;

/** A rig's value as the office shows it: as old as its reading, stale where it should have come again. `lost`: nothing is live. */
export function officeShown(
  tag: RigTag | null,
  present: Present | null,
  at: number,
  system: System,
  lost: boolean,
): Shown {
  // An hour that a value stood still is no measure of how often it comes.
  const intervalMs = Math.max(freshMs / 3, Math.min(60_000, present?.everyMs ?? 0));
  const look = tag === null ? null : { unit: tag.unit, intervalMs, resolution: resolutionOf(tag) };
  const shown = shownOf(look, present, at, system, lost);
  return tag === null ? shown : { ...shown, text: codeText(shown.text, tag) };
}

function resolutionOf(tag: RigTag): number {
  return tag.kind === "scaled" ? Math.abs(tag.scale) : 0;
}

function codeText(text: string, tag: RigTag): string {
  return tag.unit === "flag" ? (text === "1" ? "on" : text === "0" ? "off" : text) : text;
}

/** How a unit is shown. */
export function unitOf(unit: string, system: System): string {
  return displayOf(unit, system).unit;
}
