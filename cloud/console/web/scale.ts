/**
 * A scale round a normal band, so that a change within the band is seen: one and a half of its width below, half of it above, to round ends; × factor.
 * It grows up to what is drawn; what lies below (pumps off) leaves the plot, as the band would be flat otherwise.
 */
export function rangeAround(
  [low, high]: readonly [number, number],
  factor: number,
  drawn: readonly (number | null | undefined)[],
): [number, number] | null {
  const width = (high - low) * factor;
  if (!(width > 0)) return null;
  const step = 10 ** Math.floor(Math.log10(width));
  let top = high * factor + width / 2;
  for (const value of drawn) if (value != null && value > top) top = value;
  const bottom = low * factor - width * 1.5;
  const down = Math.floor(bottom / step) * step;
  return [low >= 0 ? Math.max(0, down) : down, Math.ceil(top / step) * step];
}
