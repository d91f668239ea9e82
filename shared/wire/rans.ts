/**
 * Range asymmetric numeral system with one static table: for long runs of tokens. Chances are 12 bits; the state stays
 * below 2^31, so that all of it is int32 arithmetic.
 */

const precision = 12;
const total = 1 << precision;
const lowest = 1 << 23;

/** How often each token comes, scaled to 4,096 in sum; every token that occurs keeps at least 1. */
export function normalise(counts: Uint32Array, n: number): Uint16Array {
  const scaled = new Uint16Array(256);
  let sum = 0;
  let most = 0;
  for (let token = 0; token < 256; token++) {
    const count = counts[token] ?? 0;
    if (count === 0) continue;
    scaled[token] = Math.max(1, Math.round((count * total) / n));
    sum += scaled[token] ?? 0;
    if ((scaled[token] ?? 0) > (scaled[most] ?? 0)) most = token;
  }
  while (sum !== total) {
    // The most frequent token pays or gains; where it cannot pay all, the next most frequent do.
    const give = sum > total ? Math.min(sum - total, (scaled[most] ?? 0) >>> 1) : sum - total;
    scaled[most] = (scaled[most] ?? 0) - give;
    sum -= give;
    for (let token = 0; token < 256; token++) if ((scaled[token] ?? 0) > (scaled[most] ?? 0)) most = token;
  }
  return scaled;
}

/** Encodes `n` tokens; the last comes first, since the decoder runs the other way. */
export function ransEncode(tokens: Uint8Array, n: number, scaled: Uint16Array): Uint8Array {
  const start = new Uint16Array(256);
  for (let token = 1; token < 256; token++) start[token] = (start[token - 1] ?? 0) + (scaled[token - 1] ?? 0);
  const buffer = new Uint8Array(n * 2 + 8);
  let at = buffer.length;
  let state = lowest;
  for (let i = n - 1; i >= 0; i--) {
    const token = tokens[i] ?? 0;
    const share = scaled[token] ?? 0;
    const limit = ((lowest >>> precision) << 8) * share;
    while (state >= limit) {
      buffer[--at] = state & 255;
      state >>>= 8;
    }
    const whole = (state / share) | 0;
    state = (whole << precision) + (state - whole * share) + (start[token] ?? 0);
  }
  at -= 4;
  new DataView(buffer.buffer).setUint32(at, state, true);
  return buffer.subarray(at);
}

/** Decodes `n` tokens into `tokens`; false where the bytes cannot come from the encoder. The table's sum must be 4,096. */
export function ransDecode(bytes: Uint8Array, n: number, scaled: Uint16Array, tokens: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  // For each slot in one word: its token, its share less one, where its share starts.
  const slots = new Uint32Array(total);
  for (let token = 0, start = 0; token < 256; token++) {
    const share = scaled[token] ?? 0;
    if (share === 0) continue;
    slots.fill(((token << 24) | ((share - 1) << 12) | start) >>> 0, start, start + share);
    start += share;
  }
  let state = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (state < lowest || state >= lowest * 256) return false;
  let at = 4;
  for (let i = 0; i < n; i++) {
    const slot = state & (total - 1);
    const word = slots[slot] ?? 0;
    tokens[i] = word >>> 24;
    state = Math.imul(((word >>> 12) & 4095) + 1, state >>> precision) + slot - (word & 4095);
    while (state < lowest) {
      if (at >= bytes.length) return false;
      state = (state << 8) | (bytes[at++] ?? 0);
    }
  }
  return at === bytes.length && state === lowest;
}
