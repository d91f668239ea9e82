/** Times for labels over a span: some `many`, at whole minutes, hours or days of the zone. `midnight` says how far the zone's clock is ahead of UTC, ms. */
export function timeTicks(from: number, to: number, many: number, ahead: number): number[] {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1_440];
  const step = (minutes.find((one) => one * 60_000 * many >= to - from) ?? 2_880) * 60_000;
  const ticks: number[] = [];
  for (let at = Math.ceil((from + ahead) / step) * step - ahead; at <= to; at += step) ticks.push(at);
  return ticks;
}

const parts = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clock is ahead of UTC at a moment, ms; an unknown zone counts as UTC. */
export function aheadOf(timeZone: string, at: number): number {
  let format = parts.get(timeZone);
  if (format === undefined) {
    format = formatOf(timeZone);
    parts.set(timeZone, format);
  }
  const part = (type: string) => Number(format.formatToParts(at).find((one) => one.type === type)?.value ?? 0);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(at / 1_000) * 1_000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const fields = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  } as const;
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", ...fields });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hourCycle: "h23", ...fields });
  }
}
