/**
 * What `tick_proof` shows while the counter shows `tick` (unsigned 32 bits):
 *
 *   ((tick × 2654435761) mod 2^32, shifted right by 8 bits) ÷ 256
 *
 * in JavaScript `(Math.imul(tick, 2654435761) >>> 8) / 256`. 24 bits, so exact in a float32; never NaN, never -0.
 * Both words change with every tick: a torn, stale or foreign value is seen by itself.
 */
export function floatOfTick(tick: number): number {
  return (Math.imul(tick, 2_654_435_761) >>> 8) / 256;
}
