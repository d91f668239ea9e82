/** A straight line's rise an hour, with the bounds between which it lies in 95 of 100 cases. */
export interface Slope {
  perHour: number;
  low: number;
  high: number;
}

/** Two-sided 95 % of Student's t, from 1 degree of freedom on; beyond, that of the normal distribution. */
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11];
const NORMAL = 1.96;

/** Least squares through the points (`atS` in s, value); at least three. Neighbours must not hang together: give means of spans that are long enough. */
export function slopeOf(points: readonly { atS: number; value: number }[]): Slope {
  const n = points.length;
  if (n < 3) throw new RangeError(`${n} points have no slope with bounds`);
  const meanAt = points.reduce((sum, { atS }) => sum + atS, 0) / n;
  const mean = points.reduce((sum, { value }) => sum + value, 0) / n;
  const spread = points.reduce((sum, { atS }) => sum + (atS - meanAt) ** 2, 0);
  const slope = points.reduce((sum, { atS, value }) => sum + (atS - meanAt) * (value - mean), 0) / spread;
  const rest = points.reduce((sum, { atS, value }) => sum + (value - mean - slope * (atS - meanAt)) ** 2, 0);
  const half = (STUDENT[n - 3] ?? NORMAL) * Math.sqrt(rest / (n - 2) / spread);
  return { perHour: 3_600 * slope, low: 3_600 * (slope - half), high: 3_600 * (slope + half) };
}
