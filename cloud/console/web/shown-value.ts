import type { RigTag } from "../../../shared/domain/api-rigs.ts";
import { silentAfterMs } from "../../../shared/domain/pace.ts";
import { type Shown, shownOf } from "../../../shared/ui/shown.ts";
import type { System } from "../../../shared/ui/units.ts";
import type { Present } from "./rig-live.ts";

/** Readings come over a slow link: one that is younger than this is not stale while it goes on coming. */
const freshMs = 10_000;

/** A rig's value as the office shows it: as old as its reading, stale where it should have come again. `lost`: nothing is live. */
export function officeShown(
  tag: RigTag | null,
  present: Present | null,
  at: number,
  system: System,
  lost: boolean,
): Shown {
  const dueMs = silentAfterMs(present?.everyMs ?? 0);
  const intervalMs = Math.max(freshMs, dueMs) / 3;
  const look = tag === null ? null : { unit: tag.unit, intervalMs, resolution: resolutionOf(tag) };
  const silent = present !== null && at - present.heardAt > dueMs;
  const shown = shownOf(look, present, at, system, lost || silent);
  if (silent && !lost) shown.reason ??= "no new value";
  return tag === null ? shown : { ...shown, text: codeText(shown.text, tag) };
}

function resolutionOf(tag: RigTag): number {
  return tag.kind === "scaled" ? Math.abs(tag.scale) : 0;
}

function codeText(text: string, tag: RigTag): string {
  return tag.unit === "flag" ? (text === "1" ? "on" : text === "0" ? "off" : text) : text;
}
