import { copyOf, giveBack, learned, type Model, unknown } from "./chances.ts";

/**
 * A binary range coder whose chances learn as it goes (chances.ts). A token (0..255) is decided bit by bit, highest first, down a tree of 256
 * nodes; a context is one such tree. Node 0, above the root, is asked in long lists alone: whether the token is 0.
 */

/** Where an interval of this length is cut: twelve bits of the chance, never none of it. */
function cut(range: number, state: number): number {
  return Math.imul(range >>> 12, (state >>> 10) | 1);
}

/** An interval shorter than this grows by a byte; so it stays below 2^31, and all that is counted from its low end is an int32. */
const shortest = 2 ** 23;
const longest = 2 ** 31 - 1;

/** A long list learns in three trees of its own: which one follows from the token before. Used by one list at a time. */
const ofList = new Int32Array(3 * 256);

export class AdaptiveEncoder {
  private readonly model: Model;
  private buffer = new Uint8Array(1024);
  private length = 0;
  /** Low end of the interval, in an array, since a field above 2^31 would cost an object each time; and its length. */
  private readonly low = Uint32Array.of(0);
  private range = longest;

  /** `start` from `modelOf`; the decoder must start with the same. */
  constructor(start: Model) {
    this.model = copyOf(start);
  }

  /** A token in a context of the model that everything shares. */
  token(context: number, token: number): void {
    this.bits(this.model, context << 8, token, 8);
  }

  /** `n` tokens below 2^depth; `following` says which of the three trees comes after a token. The decoder must know n and depth. */
  tokens(tokens: Uint8Array, n: number, depth: number, following: Uint8Array): void {
    ofList.fill(unknown);
    for (let i = 0, tree = 0; i < n; i++) {
      const token = tokens[i] ?? 0;
      this.decide(ofList, tree, token === 0 ? 1 : 0);
      if (token !== 0) this.bits(ofList, tree, token, depth);
      tree = (following[token] ?? 0) << 8;
    }
  }

  private bits(model: Model, tree: number, token: number, depth: number): void {
    for (let shift = depth - 1, node = 1; shift >= 0; shift--) {
      const bit = (token >>> shift) & 1;
      this.decide(model, tree | node, bit);
      node = (node << 1) | bit;
    }
  }

  private decide(model: Model, at: number, bit: number): void {
    const mask = -bit;
    const state = model[at] ?? 0;
    const part = cut(this.range, state);
    model[at] = learned(state, mask);
    const before = this.low[0] ?? 0;
    const low = (before + (part & ~mask)) >>> 0;
    if (low < before) this.carry();
    this.low[0] = low;
    let range = (part & mask) + ((this.range - part) & ~mask);
    for (; range < shortest; range <<= 8) {
      this.put((this.low[0] ?? 0) >>> 24);
      this.low[0] = (this.low[0] ?? 0) << 8;
    }
    this.range = range;
  }

  /** One more in the number that the bytes so far spell. */
  private carry(): void {
    const { buffer } = this;
    for (let i = this.length - 1; i >= 0; i--) {
      const byte = (buffer[i] ?? 0) + 1;
      buffer[i] = byte;
      if (byte < 256) return;
    }
  }

  private put(byte: number): void {
    if (this.length === this.buffer.length) {
      const grown = new Uint8Array(this.buffer.length * 2);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    this.buffer[this.length++] = byte;
  }

  /** Ends the stream with a number in the interval that takes few bytes, two at most: the decoder reads zeros behind them. */
  finish(): Uint8Array {
    giveBack(this.model);
    const low = this.low[0] ?? 0;
    let unit = 2 ** 32;
    while (Math.ceil(low / unit) * unit >= low + this.range) unit /= 256;
    const number = Math.ceil(low / unit) * unit;
    if (number >= 2 ** 32) this.carry();
    for (let place = 2 ** 24; place >= unit; place /= 256) this.put((number / place) & 255);
    return this.buffer.subarray(0, this.length);
  }
}

export class AdaptiveDecoder {
  private readonly model: Model;
  private readonly buffer: Uint8Array;
  private position = 0;
  /** The number that the bytes spell, counted from the interval's low end, and the interval's length. */
  private code = 0;
  private range = longest;

  constructor(buffer: Uint8Array, start: Model) {
    this.model = copyOf(start);
    this.buffer = buffer;
    for (let i = 0; i < 4; i++) this.code = (this.code << 8) | this.next();
  }

  /** More was read than the encoder can have written. */
  get overrun(): boolean {
    return this.position > this.buffer.length + 4;
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
    return this.bits(this.model, context << 8, 8);
  }

  /** Fills the first `n`. What `bits` and `decide` do, with code and range at hand: much of decoding history is spent here. */
  tokens(into: Uint8Array, n: number, depth: number, following: Uint8Array): void {
    const model = ofList.fill(unknown);
    let { code, range } = this;
    const end = 1 << depth;
    for (let i = 0, tree = 0; i < n; i++) {
      let node = 0;
      do {
        const at = tree | node;
        const state = model[at] ?? 0;
        const part = cut(range, state);
        const apart = (code - part) | 0;
        const mask = apart >> 31;
        model[at] = learned(state, mask);
        code = (apart + (part & mask)) | 0;
        range = ((part & mask) + ((range - part) & ~mask)) | 0;
        for (; range < shortest; range <<= 8) code = (code << 8) | this.next();
        node = node === 0 ? (mask === 0 ? 1 : end) : (node << 1) - mask;
      } while (node < end);
      node -= end;
      into[i] = node;
      tree = (following[node] ?? 0) << 8;
    }
    this.code = code;
    this.range = range;
  }

  private bits(model: Model, tree: number, depth: number): number {
    let node = 1;
    for (let left = depth; left > 0; left--) node = (node << 1) | this.decide(model, tree | node);
    return node - (1 << depth);
  }

  private decide(model: Model, at: number): number {
    const state = model[at] ?? 0;
    const part = cut(this.range, state);
    const apart = (this.code - part) | 0;
    const mask = apart >> 31;
    model[at] = learned(state, mask);
    this.code = (apart + (part & mask)) | 0;
    let range = (part & mask) + ((this.range - part) & ~mask);
    for (; range < shortest; range <<= 8) this.code = (this.code << 8) | this.next();
    this.range = range;
    return -mask;
  }
}
