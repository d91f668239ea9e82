/** Where the normal band lies on every indicator, in percent: healthy pointers form a straight line. */
const BAND_FROM = 36;
const BAND_TO = 64;

/** A limit's tick: ll, l, h or hh at a value in the shown unit. */
export interface Tick {
  name: "LL" | "L" | "H" | "HH";
  at: number;
}

/** What an indicator is drawn against, in the shown unit. */
export interface Scale {
  band: [number, number];
  ticks: readonly Tick[];
}

/** Position of a value on the trough in percent: linear, the band at its fixed place, clipped at the ends. */
export function positionOf(value: number, [low, high]: readonly [number, number]): number {
  const position = BAND_FROM + ((value - low) / (high - low)) * (BAND_TO - BAND_FROM);
  return Math.min(98.5, Math.max(1.5, position));
}

interface LimitsLook {
  normal?: readonly [number, number] | undefined;
  sane?: readonly [number, number] | undefined;
  ll?: { at: number } | undefined;
  l?: { at: number } | undefined;
  h?: { at: number } | undefined;
  hh?: { at: number } | undefined;
}

/** The scale of a tag: its normal band, else what lies between its low and high limit (the end of its range where it has one of them only); null where nothing is known. */
export function scaleOf(limits: LimitsLook, factor: number): Scale | null {
  const low = limits.l?.at ?? limits.ll?.at ?? limits.sane?.[0];
  const high = limits.h?.at ?? limits.hh?.at ?? limits.sane?.[1];
  const limited =
    limits.l !== undefined || limits.ll !== undefined || limits.h !== undefined || limits.hh !== undefined;
  const band =
    limits.normal ?? (limited && low !== undefined && high !== undefined ? ([low, high] as const) : undefined);
  if (band === undefined || !(band[1] > band[0])) return null;
  const ticks: Tick[] = [];
  for (const [name, limit] of [
    ["LL", limits.ll],
    ["L", limits.l],
    ["H", limits.h],
    ["HH", limits.hh],
  ] as const) {
    if (limit !== undefined) ticks.push({ name, at: limit.at * factor });
  }
  return { band: [band[0] * factor, band[1] * factor], ticks };
}

/** Ticks that lie on the trough and apart from each other; of two that would touch the more serious one keeps its letter. */
export function visibleTicks({ band, ticks }: Scale): { name: string; position: number; lettered: boolean }[] {
  const inside = ticks
    .map(({ name, at }) => ({
      name,
      position: BAND_FROM + ((at - band[0]) / (band[1] - band[0])) * (BAND_TO - BAND_FROM),
    }))
    .filter(({ position }) => position >= 1 && position <= 99)
    .sort((a, b) => a.position - b.position);
  return inside.map((tick) => {
    const rival = inside.find((other) => other !== tick && Math.abs(other.position - tick.position) < 9);
    return { ...tick, lettered: rival === undefined || tick.name.length >= rival.name.length };
  });
}
