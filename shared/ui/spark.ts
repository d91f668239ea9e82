/** Where a value stands in a small line whose least and greatest are these, from the top. */
export function sparkY(value: number, low: number, high: number, height: number): number {
  return height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
}
