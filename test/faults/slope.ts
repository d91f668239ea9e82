/** A straight line's rise an hour, with the bounds between which it lies in 95 of 100 cases. */
export interface Slope {
  perHour: number;
  low: number;
  high: number;
}

/** Two-sided 95 % of Student's t, from 1 degree of freedom on; beyond, that of the normal distribution. */
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11];
const NORMAL = 1.96;

/**
 * Least squares through the points (`atS` in s, value), evenly apart; at least three. Where neighbours hang together, as while garbage gathers and goes,
 * there are fewer points than it seems: the bounds are as wide as if each deviation were in part the one before it (an AR(1) process).
 */
export function slopeOf(points: readonly { atS: number; value: number }[]): Slope {
  const n = points.length;
  if (n < 3) throw new RangeError(`${n} points have no slope with bounds`);
  const meanAt = points.reduce((sum, { atS }) => sum + atS, 0) / n;
  const mean = points.reduce((sum, { value }) => sum + value, 0) / n;
  const spread = points.reduce((sum, { atS }) => sum + (atS - meanAt) ** 2, 0);
  const slope = points.reduce((sum, { atS, value }) => sum + (atS - meanAt) * (value - mean), 0) / spread;
  const rests = points.map(({ atS, value }) => value - mean - slope * (atS - meanAt));
  const rest = rests.reduce((sum, one) => sum + one ** 2, 0);
  const half = (STUDENT[n - 3] ?? NORMAL) * Math.sqrt(rest / (n - 2) / spread) * widening(rests, rest);
  return { perHour: 3_600 * slope, low: 3_600 * (slope - half), high: 3_600 * (slope + half) };
}

/** How much wider the bounds are because each deviation is in part the one before it; 1 where it is not. */
function widening(rests: readonly number[], squares: number): number {
  if (squares === 0) return 1;
  const products = rests.reduce((sum, one, i) => sum + one * (rests[i + 1] ?? 0), 0);
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, products / squares));
  return Math.sqrt((1 + correlation) / (1 - correlation));
}

const MOST_CORRELATION = 0.95;
