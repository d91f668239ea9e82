/** From a value towards another, by no more than `most`. */
export function towards(from: number, to: number, most: number): number {
  return from + Math.max(-most, Math.min(most, to - from));
}

/** A first-order lag with this time constant (s), exact for any step. */
export function lag(from: number, to: number, dt: number, seconds: number): number {
  return from + (to - from) * (1 - Math.exp(-dt / seconds));
}
