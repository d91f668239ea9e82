/**
 * A binary arithmetic coder whose probabilities learn as it goes: for what is too short to carry a table of its own.
 * A token is eight binary decisions down a tree of 256 nodes; a context is one such tree.
 */

/** 16-bit chance of a one at each node, and how often it was asked (up to the slowest rate). */
interface Model {
  chance: Uint16Array;
  asked: Uint8Array;
}

// 1 / (asked + 1.6) in 15 bits: quick at first, steady later.
const slowest = 40;
const rates = Uint16Array.from({ length: slowest + 1 }, (_, asked) => Math.round(32_768 / (asked + 1.6)));

/** Nodes start as sure as if they had been asked so often: the chances they start with are guesses. */
const trust = 1;

/**
 * The chances that a model starts with, one tree a context: of each node, how much of the weight below it lies on its
 * ones. `weight` says how likely a token (0..255) of a context is, in any unit.
 */
export function chancesOf(contexts: number, weight: (context: number, token: number) => number): Uint16Array {
  const chances = new Uint16Array(contexts * 256);
  const weights = new Float64Array(512);
  for (let context = 0; context < contexts; context++) {
    for (let token = 0; token < 256; token++) weights[256 + token] = weight(context, token);
    for (let node = 255; node > 0; node--) {
      weights[node] = (weights[2 * node] ?? 0) + (weights[2 * node + 1] ?? 0);
      const share = (weights[2 * node + 1] ?? 0) / (weights[node] ?? 1);
      chances[context * 256 + node] = Math.round(Math.min(Math.max(share, 1 / 128), 127 / 128) * 65_535);
    }
  }
  return chances;
}

/** Models that are done with: making one costs as much as decoding a short batch. */
const spares: Model[] = [];

function modelOf(chances: Uint16Array): Model {
  const spare = spares.pop();
  if (spare?.chance.length !== chances.length)
    return { chance: chances.slice(), asked: new Uint8Array(chances.length).fill(trust) };
  spare.chance.set(chances);
  spare.asked.fill(trust);
  return spare;
}

function giveBack(model: Model): void {
  if (spares.length < 4 && !spares.includes(model)) spares.push(model);
}

/** Moves a node's chance towards what was found there. */
function learn({ chance, asked }: Model, node: number, bit: number): void {
  const before = chance[node] ?? 0;
  const times = asked[node] ?? 0;
  const target = bit === 1 ? 65_535 : 0;
  chance[node] = before + (Math.imul(target - before, rates[times] ?? 0) >> 15);
  if (times < slowest) asked[node] = times + 1;
}

/** Where the interval from `low` to `high` is cut: twelve bits of the chance, never none of it. */
function cut(low: number, high: number, chance: number): number {
  const range = (high - low) >>> 0;
  const share = (chance >>> 4) | 1;
  return (low + Math.imul(range >>> 12, share) + (Math.imul(range & 4095, share) >>> 12)) >>> 0;
}

export class AdaptiveEncoder {
  private readonly model: Model;
  private buffer = new Uint8Array(1024);
  private length = 0;
  /** Low and high end of the interval; in an array, since fields above 2^31 would cost an object each. */
  private readonly interval = Uint32Array.of(0, 0xffffffff);

  /** `chances` from `chancesOf`; the decoder must start with the same. */
  constructor(chances: Uint16Array) {
    this.model = modelOf(chances);
  }

  /** A token (0..255) in a context. */
  token(context: number, token: number): void {
    const { model, interval } = this;
    let low = interval[0] ?? 0;
    let high = interval[1] ?? 0;
    let node = 1;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (token >>> shift) & 1;
      const at = (context << 8) | node;
      const middle = cut(low, high, model.chance[at] ?? 0);
      if (bit === 1) high = middle;
      else low = (middle + 1) >>> 0;
      learn(model, at, bit);
      while ((low ^ high) >>> 24 === 0) {
        this.put(high >>> 24);
        low = (low << 8) >>> 0;
        high = ((high << 8) | 255) >>> 0;
      }
      node = (node << 1) | bit;
    }
    interval[0] = low;
    interval[1] = high;
  }

  private put(byte: number): void {
    if (this.length === this.buffer.length) {
      const grown = new Uint8Array(this.buffer.length * 2);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    this.buffer[this.length++] = byte;
  }

  /** Ends the stream: the decoder reads zeros behind the end, so one byte suffices. */
  finish(): Uint8Array {
    giveBack(this.model);
    this.put((this.interval[1] ?? 0) >>> 24);
    return this.buffer.subarray(0, this.length);
  }
}

export class AdaptiveDecoder {
  private readonly model: Model;
  private readonly buffer: Uint8Array;
  private position = 0;
  /** Low and high end of the interval, and the number in it that the bytes spell. */
  private readonly interval = Uint32Array.of(0, 0xffffffff, 0);

  constructor(buffer: Uint8Array, chances: Uint16Array) {
    this.model = modelOf(chances);
    this.buffer = buffer;
    let code = 0;
    for (let i = 0; i < 4; i++) code = (code << 8) | this.next();
    this.interval[2] = code;
  }

  /** More was read than the encoder can have written. */
  get overrun(): boolean {
    return this.position > this.buffer.length + 3;
  }

  /** Nothing more is read after this. */
  end(): void {
    giveBack(this.model);
  }

  private next(): number {
    const { position, buffer } = this;
    this.position = position + 1;
    return position < buffer.length ? (buffer[position] ?? 0) : 0;
  }

  token(context: number): number {
    const { model, interval } = this;
    let low = interval[0] ?? 0;
    let high = interval[1] ?? 0;
    let code = interval[2] ?? 0;
    let node = 1;
    while (node < 256) {
      const at = (context << 8) | node;
      const middle = cut(low, high, model.chance[at] ?? 0);
      const bit = code <= middle ? 1 : 0;
      if (bit === 1) high = middle;
      else low = (middle + 1) >>> 0;
      learn(model, at, bit);
      while ((low ^ high) >>> 24 === 0) {
        low = (low << 8) >>> 0;
        high = ((high << 8) | 255) >>> 0;
        code = ((code << 8) | this.next()) >>> 0;
      }
      node = (node << 1) | bit;
    }
    interval[0] = low;
    interval[1] = high;
    interval[2] = code;
    return node & 255;
  }
}
