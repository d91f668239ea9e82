/**
 * Splits an unsigned integer of up to 64 bits into a token (0..255) and raw bits: values below 16 are their own
 * token; above, the token is the bit length with the two bits below the leading one, and what is left are raw bits.
 */

/** The token of a value of 32 bits. */
export function token32(value: number): number {
  if (value >>> 4 === 0) return value;
  const length = 32 - Math.clz32(value);
  return 16 + ((length - 5) << 2) + ((value >>> (length - 3)) & 3);
}

/** The token of a value of 64 bits. */
export function token64(low: number, high: number): number {
  if (high === 0) return token32(low);
  const length = 64 - Math.clz32(high);
  const shift = length - 35;
  // The two bits below the leading one: at most one of them lies in the low word.
  const top = shift >= 0 ? (high >>> shift) & 3 : ((high << -shift) | (low >>> (32 + shift))) & 3;
  return 16 + ((length - 5) << 2) + top;
}

/** How many raw bits follow a token. */
export const extraBits: Uint8Array = Uint8Array.from({ length: 256 }, (_, token) =>
  token < 16 ? 0 : ((token - 16) >>> 2) + 2,
);

/** The least value of a token, low words and high words. */
export const baseLow = new Uint32Array(256);
export const baseHigh = new Uint32Array(256);
for (let token = 0; token < 256; token++) {
  if (token < 16) baseLow[token] = token;
  else {
    // The leading one and the two bits below it, in front of the raw bits.
    const head = 4 | (token & 3);
    const extra = extraBits[token] ?? 0;
    if (extra < 32) baseLow[token] = head << extra;
    baseHigh[token] = extra >= 32 ? head << (extra - 32) : extra > 29 ? head >>> (32 - extra) : 0;
  }
}

/** Raw bits, least significant first. */
export class BitWriter {
  private buffer = new Uint8Array(1024);
  private length = 0;
  private pending = 0;
  private fill = 0;

  /** The lower `count` bits (0 to 32) of `value`. */
  put(value: number, count: number): void {
    if (count > 16) {
      this.put16(value & 0xffff, 16);
      this.put16(value >>> 16, count - 16);
    } else this.put16(value, count);
  }

  private put16(value: number, count: number): void {
    this.pending |= (value & ((1 << count) - 1)) << this.fill;
    this.fill += count;
    if (this.length + 4 > this.buffer.length) {
      const grown = new Uint8Array(this.buffer.length * 2);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    while (this.fill >= 8) {
      this.buffer[this.length++] = this.pending;
      this.pending >>>= 8;
      this.fill -= 8;
    }
  }

  /** Pads with zeros to a whole byte; a view of what was written. */
  finish(): Uint8Array {
    if (this.fill > 0) this.put16(0, 8 - this.fill);
    return this.buffer.subarray(0, this.length);
  }
}

/** Reads raw bits; behind the end come zeros, and `overrun` tells. */
export class BitReader {
  private readonly bytes: Uint8Array;
  private readonly length: number;
  private position = 0;

  constructor(bytes: Uint8Array) {
    // Three zero bytes more, so that no read needs to look whether it is near the end.
    this.bytes = new Uint8Array(bytes.length + 3);
    this.bytes.set(bytes);
    this.length = bytes.length * 8;
  }

  get overrun(): boolean {
    return this.position > this.length;
  }

  /** The next `count` bits (0 to 32). */
  get(count: number): number {
    if (count <= 16) return this.get16(count);
    const low = this.get16(16);
    return (low | (this.get16(count - 16) << 16)) >>> 0;
  }

  private get16(count: number): number {
    const { bytes, position, length } = this;
    this.position = position + count;
    if (position > length) return 0;
    const from = position >>> 3;
    const word = (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8) | ((bytes[from + 2] ?? 0) << 16);
    return (word >>> (position & 7)) & ((1 << count) - 1);
  }
}
