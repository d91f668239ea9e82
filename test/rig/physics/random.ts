/** Seeded random numbers: the same seed gives the same rig. */
export interface Random {
  /** Even in [0, 1). */
  next(): number;
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number;
}

/** mulberry32: 32 bits of state, good enough for noise, never for secrets. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, normal };
}

/** A value that wanders about 0 with this standard deviation and correlation time (s). */
export interface Wander {
  step(dt: number): number;
  readonly value: number;
}

/** An Ornstein-Uhlenbeck process, exact for any step, begun in its steady state. */
export function wander(random: Random, deviation: number, correlationS: number): Wander {
  let value = deviation * random.normal();
  return {
    step(dt) {
      const keep = Math.exp(-dt / correlationS);
      value = value * keep + deviation * Math.sqrt(1 - keep * keep) * random.normal();
      return value;
    },
    get value() {
      return value;
    },
  };
}
