import type { HmiBudget, HmiSpent } from "../../../shared/domain/hmi.ts";
import { bytesText, spanText, type Zone } from "../../../shared/ui/format.ts";

const adjectives = { hour: "hourly", day: "daily", month: "monthly" } as const;

/** What was spent and what of; the unit stands once where it is the same. */
export function spentText(usedBytes: number, limitBytes: number | null): { used: string; of: string | null } {
  const used = bytesText(usedBytes);
  if (limitBytes === null) return { used, of: null };
  const of = bytesText(limitBytes);
  const [value = used, unit] = used.split(" ");
  return { used: of.endsWith(` ${unit}`) ? value : used, of };
}

/** Why backfill waits though the link is up, e.g. "held back by the hourly budget"; null where it does not. */
export function heldText({ backfillHeldBy: held, opensAt }: HmiBudget, zone: Zone): string | null {
  if (held === null) return null;
  if (held !== "window") return `held back by the ${adjectives[held]} budget`;
  return opensAt === null ? "waiting for the link window" : `waiting for the link window at ${zone.minute(opensAt)}`;
}

/** What goes instead of live; null while live goes. */
export function previewText({ previewsFor, previewMs }: HmiBudget): string | null {
  if (previewsFor === null) return null;
  return `Live goes as a preview every ${spanText(previewMs)}: the ${adjectives[previewsFor]} budget is nearly spent`;
}

/** The budget that matters most now: the one that holds something back, else the shortest; null where none is set. */
export function nearestOf({ spent, backfillHeldBy, previewsFor }: HmiBudget): HmiSpent | null {
  const limited = spent.filter(({ limitBytes }) => limitBytes !== null);
  const holds = previewsFor ?? backfillHeldBy;
  return limited.find(({ span }) => span === holds) ?? limited[0] ?? null;
}
