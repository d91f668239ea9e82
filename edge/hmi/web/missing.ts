/** How long these gaps last together within the span, ms; where two overlap, the time counts once. */
export function missingMs(gaps: readonly { from: number; to: number }[], from: number, to: number): number {
  let sum = 0;
  let counted = from;
  for (const gap of [...gaps].sort((one, other) => one.from - other.from)) {
    const end = Math.min(gap.to, to);
    sum += Math.max(0, end - Math.max(gap.from, counted));
    counted = Math.max(counted, end);
  }
  return sum;
}
