/**
 * A binary arithmetic coder whose probabilities learn as it goes: for what is too short to carry a table of its own.
 * A token is eight binary decisions down a tree of 256 nodes; a context is one such tree.
 */

/** 16-bit chance of a one at each node, and how often it was asked (up to the slowest rate). */
interface Model {
  chance: Uint16Array;
  asked: Uint8Array;
}

// 1 / (asked + 1.5) as 16-bit fractions: quick at first, steady later.
const slowest = 40;
const rates = Uint16Array.from({ length: slowest + 1 }, (_, asked) => Math.round(65_536 / (asked + 1.6)));

function modelOf(contexts: number): Model {
  return { chance: new Uint16Array(contexts * 256).fill(32_768), asked: new Uint8Array(contexts * 256) };
}

function learn(model: Model, node: number, bit: number): void {
  const asked = model.asked[node] ?? 0;
  const chance = model.chance[node] ?? 0;
  const target = bit === 1 ? 65_535 : 0;
  // The product can exceed 31 bits: a division, not a shift.
  model.chance[node] = chance + Math.trunc(((target - chance) * (rates[asked] ?? 0)) / 65_536);
  if (asked < slowest) model.asked[node] = asked + 1;
}

/** Where the interval between `low` and `high` is cut: twelve bits of the chance, never 0 or 1. */
function cut(low: number, high: number, chance: number): number {
  const range = (high - low) >>> 0;
  const share = Math.min(Math.max(chance >>> 4, 1), 4095);
  return (low + Math.imul(range >>> 12, share) + (Math.imul(range & 4095, share) >>> 12)) >>> 0;
}

export class AdaptiveEncoder {
  private readonly model: Model;
  private buffer = new Uint8Array(1024);
  private length = 0;
  private low = 0;
  private high = 0xffffffff;

  constructor(contexts: number) {
    this.model = modelOf(contexts);
  }

  /** A token (0..255) in a context. */
  token(context: number, token: number): void {
    let node = 1;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (token >>> shift) & 1;
      this.bit(context * 256 + node, bit);
      node = (node << 1) | bit;
    }
  }

  private bit(node: number, bit: number): void {
    const middle = cut(this.low, this.high, this.model.chance[node] ?? 0);
    if (bit === 1) this.high = middle;
    else this.low = (middle + 1) >>> 0;
    learn(this.model, node, bit);
    while ((this.low ^ this.high) >>> 24 === 0) {
      if (this.length === this.buffer.length) {
        const grown = new Uint8Array(this.buffer.length * 2);
        grown.set(this.buffer);
        this.buffer = grown;
      }
      this.buffer[this.length++] = this.high >>> 24;
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 255) >>> 0;
    }
  }

  /** Ends the stream: the decoder reads zeros behind the end, so one byte suffices. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.length + 1);
    bytes.set(this.buffer.subarray(0, this.length));
    bytes[this.length] = this.high >>> 24;
    return bytes;
  }
}

export class AdaptiveDecoder {
  private readonly model: Model;
  private readonly buffer: Uint8Array;
  private position = 0;
  private low = 0;
  private high = 0xffffffff;
  private code = 0;

  constructor(buffer: Uint8Array, contexts: number) {
    this.model = modelOf(contexts);
    this.buffer = buffer;
    for (let i = 0; i < 4; i++) this.shift();
  }

  /** More was read than the encoder can have written. */
  get overrun(): boolean {
    return this.position > this.buffer.length + 3;
  }

  private shift(): void {
    const byte = this.position < this.buffer.length ? (this.buffer[this.position] ?? 0) : 0;
    this.position++;
    this.code = ((this.code << 8) | byte) >>> 0;
  }

  token(context: number): number {
    let node = 1;
    while (node < 256) node = (node << 1) | this.bit(context * 256 + node);
    return node & 255;
  }

  private bit(node: number): number {
    const middle = cut(this.low, this.high, this.model.chance[node] ?? 0);
    const bit = this.code <= middle ? 1 : 0;
    if (bit === 1) this.high = middle;
    else this.low = (middle + 1) >>> 0;
    learn(this.model, node, bit);
    while ((this.low ^ this.high) >>> 24 === 0) {
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 255) >>> 0;
      this.shift();
    }
    return bit;
  }
}
