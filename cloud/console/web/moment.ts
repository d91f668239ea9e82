import type { Zone } from "../../../shared/ui/format.ts";

/** The moment (ms UTC) that clocks of a zone show as this date and time, as a browser's field gives them ("2026-02-18T14:05"); null for anything else. */
export function momentIn(zone: Pick<Zone, "offset">, text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return null;
  const shown = Date.parse(`${text}Z`);
  if (Number.isNaN(shown)) return null;
  // The offset is that of the moment itself: across a change of summer time the first guess may be an hour off.
  const first = shown - offsetMs(zone.offset(shown));
  return shown - offsetMs(zone.offset(first));
}

/** Of "UTC", "UTC−6", "UTC+5:30". */
function offsetMs(offset: string): number {
  const [, sign, hours, minutes = "0"] = /^UTC([+−-])(\d+)(?::(\d+))?$/.exec(offset) ?? [];
  if (hours === undefined) return 0;
  return (sign === "+" ? 1 : -1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Why these two ends are no span to ask for; null where they are. */
export function whyNoSpan(from: number | null, to: number | null): string | null {
  if (from === null || to === null) return "Give both times";
  if (to <= from) return "It ends before it begins";
  return to - from > 7 * 86_400_000 ? "A week at most" : null;
}
