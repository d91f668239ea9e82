/** What the range coder (adaptive.ts) expects of each decision, and how it learns from what was found. */

/** By node: 16-bit chance of a one, above six bits of how often it was asked (up to the slowest rate). */
export type Model = Int32Array;

// 1 / (asked + 1.6) in 15 bits: quick at first, steady later.
const slowest = 40;
const rates = Uint16Array.from({ length: slowest + 1 }, (_, asked) => Math.round(32_768 / (asked + 1.6)));

/** Nothing is known of a node: even, never asked. */
export const unknown = 32_768 << 6;

/**
 * What a model starts with, one tree a context: of each node, how much of the weight below it lies on its ones, as if asked once, since it is
 * a guess. `weight` says how likely a token of a context is, in any unit.
 */
export function modelOf(contexts: number, weight: (context: number, token: number) => number): Model {
  const model = new Int32Array(contexts * 256).fill(unknown);
  const weights = new Float64Array(512);
  for (let context = 0; context < contexts; context++) {
    for (let token = 0; token < 256; token++) weights[256 + token] = weight(context, token);
    for (let node = 255; node > 0; node--) {
      weights[node] = (weights[2 * node] ?? 0) + (weights[2 * node + 1] ?? 0);
      const share = (weights[2 * node + 1] ?? 0) / (weights[node] ?? 1);
      const chance = Math.round(Math.min(Math.max(share, 1 / 128), 127 / 128) * 65_535);
      model[context * 256 + node] = (chance << 6) | 1;
    }
  }
  return model;
}

/** Models that are done with: making one costs as much as decoding a short batch. */
const spares: Model[] = [];

/** A model that starts like this one. */
export function copyOf(start: Model): Model {
  const spare = spares.pop();
  if (spare?.length !== start.length) return start.slice();
  spare.set(start);
  return spare;
}

/** Nobody asks this model any more; nor must whoever gives it back. */
export function giveBack(model: Model): void {
  if (spares.length < 4 && !spares.includes(model)) spares.push(model);
}

/** A node's state after a one was found there (`mask` -1) or a zero (0). Without a branch, as all that depends on what was found: half of those would be guessed wrong. */
export function learned(state: number, mask: number): number {
  const asked = state & 63;
  const chance = state >>> 6;
  const next = chance + (Math.imul((mask & 65_535) - chance, rates[asked] ?? 0) >> 15);
  return (next << 6) | (asked + ((asked - slowest) >>> 31));
}
