/**
 * Readings as columns. A reading is one value of one tag: when, the value as read, how good it is and why.
 * A failed read is a reading too: bad, with a reason, without a value. Nothing is invented.
 */

/** How far a value can be believed; the number is what the status column and the wire carry. */
export const qualities = ["good", "uncertain", "bad"] as const;
export type Quality = (typeof qualities)[number];
export const GOOD = 0;
export const UNCERTAIN = 1;
export const BAD = 2;

/** Bits of the status column. */
export const QUALITY_MASK = 0b0011;
/** The time is the source's own, not the gateway's. */
export const AT_SOURCE = 0b0100;
/** There is no value: nothing could be read. Always bad. */
export const NO_VALUE = 0b1000;

/** In answers alone, never on the wire or in a segment: the time was worked out after the rig's clock had come right; nobody knows it. */
export const DATED = 0b1_0000;
export const UNDATED = 0b10_0000;

/** How well the time of a reading is known. "own": as it came. "dated afterwards": worked out once the rig's clock had come right. */
export const timings = ["own", "dated afterwards", "not known"] as const;
export type Timing = (typeof timings)[number];

export function timingOf(status: number): Timing {
  return (status & UNDATED) !== 0 ? "not known" : (status & DATED) !== 0 ? "dated afterwards" : "own";
}

/** Whether a byte is a status: no bit that means nothing, and a quality that there is. */
export function isStatus(byte: number): boolean {
  return byte < 16 && (byte & QUALITY_MASK) < qualities.length;
}

/**
 * Why a reading is not good. The position is the code on the wire: append only, never reorder.
 * The detail beside it (16 bits) is the protocol's own: a Modbus exception code, the upper half of an OPC UA status code.
 */
export const reasons = [
  "none",
  "no connection",
  "no answer in time",
  "answer too short",
  "foreign answer",
  "malformed answer",
  "device exception",
  "device status",
  "not a number",
  "infinite",
  "null sentinel",
  "text, not a number",
  "outside its range",
  "zero drift",
  "step too large",
  "flat line",
  "clock not plausible",
  "depth corrected",
  "overflow at the source",
  "queue overflow",
  "driver fault",
  "no such register or node",
  "wrong type",
  "not polled",
  "input not good",
  "input out of range",
  "window incomplete",
  "no model",
  "model failed",
  "time not known",
  "cell empty",
  "not judged in this rig state",
  "text too long",
] as const;
export type Reason = (typeof reasons)[number];

const codes = new Map<string, number>(reasons.map((reason, code) => [reason, code]));

/** The reason column's number for a reason and the protocol's own detail (16 bits). */
export function reasonCode(reason: Reason, detail = 0): number {
  return ((codes.get(reason) ?? 0) | ((detail & 0xffff) << 16)) >>> 0;
}

/** The words for a number of the reason column; a code of a newer release reads "reason N". */
export function reasonText(code: number): string {
  const detail = code >>> 16;
  const text = reasons[code & 0xffff] ?? `reason ${code & 0xffff}`;
  return detail === 0 ? text : `${text} (0x${detail.toString(16).padStart(4, "0")})`;
}

export function qualityOf(status: number): Quality {
  return qualities[status & QUALITY_MASK] ?? "bad";
}

/**
 * How the eight bytes of a value are to be read; follows from the tag's kind.
 * scaled: an integer (exact up to 2^53) in `value`. long: 64 bits in `words`. real: float32 bits in the lower word.
 * double: the double's bits. flag: 0 or 1 in `value`. text: index into `texts`, in `value`.
 */
export type Representation = "scaled" | "long" | "real" | "double" | "flag" | "text";

/**
 * Reused columns of readings. Not an object a reading: drivers fill it, stages mark it, the tick takes it.
 * `value` and `words` are two views of the same bytes (words[2i] the lower, words[2i+1] the upper half), so that
 * bits survive where a double would lose them.
 */
export class Block {
  /** How many readings are in it. */
  length = 0;
  /** Position of the tag in the dictionary. */
  tag: Uint32Array;
  /** Milliseconds UTC. */
  at: Float64Array;
  value: Float64Array;
  words: Uint32Array;
  /** Quality (2 bits), AT_SOURCE, NO_VALUE; in answers DATED, UNDATED. */
  status: Uint8Array;
  /** See `reasonCode`. */
  reason: Uint32Array;
  /** What text values point into. */
  texts: string[] = [];

  constructor(capacity = 256) {
    // One allocation for all columns, the widest first, since blocks of a batch are made by the thousand.
    const bytes = new ArrayBuffer(capacity * 25);
    this.at = new Float64Array(bytes, 0, capacity);
    this.value = new Float64Array(bytes, capacity * 8, capacity);
    this.words = new Uint32Array(bytes, capacity * 8, capacity * 2);
    this.tag = new Uint32Array(bytes, capacity * 16, capacity);
    this.reason = new Uint32Array(bytes, capacity * 20, capacity);
    this.status = new Uint8Array(bytes, capacity * 24, capacity);
  }

  get capacity(): number {
    return this.tag.length;
  }

  clear(): void {
    this.length = 0;
    this.texts.length = 0;
  }

  /** Makes room for `more` readings behind those that are in it. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.capacity) return;
    const grown = new Block(Math.max(needed, this.capacity * 2));
    grown.tag.set(this.tag);
    grown.at.set(this.at);
    grown.words.set(this.words);
    grown.status.set(this.status);
    grown.reason.set(this.reason);
    this.tag = grown.tag;
    this.at = grown.at;
    this.value = grown.value;
    this.words = grown.words;
    this.status = grown.status;
    this.reason = grown.reason;
  }

  /** Appends a reading whose value fits a double exactly (scaled, flag, double); returns its position. */
  push(tag: number, at: number, value: number, status: number, reason: number): number {
    this.reserve(1);
    const i = this.length++;
    this.tag[i] = tag;
    this.at[i] = at;
    this.value[i] = value;
    this.status[i] = status;
    this.reason[i] = reason;
    return i;
  }

  /** Appends a reading by its bits (real, long, double with a payload); returns its position. */
  pushBits(tag: number, at: number, low: number, high: number, status: number, reason: number): number {
    const i = this.push(tag, at, 0, status, reason);
    this.words[2 * i] = low;
    this.words[2 * i + 1] = high;
    return i;
  }

  pushText(tag: number, at: number, text: string, status: number, reason: number): number {
    const i = this.push(tag, at, this.texts.length, status, reason);
    this.texts.push(text);
    return i;
  }

  /** Appends a bad reading without a value. */
  pushBad(tag: number, at: number, reason: number): number {
    return this.push(tag, at, 0, BAD | NO_VALUE, reason);
  }

  /** Appends reading `i` of another block, bit by bit; text goes along when `isText` says the value points at one. */
  pushFrom(from: Block, i: number, isText: boolean): number {
    const at = from.at[i] ?? 0;
    const to = this.pushBits(
      from.tag[i] ?? 0,
      at,
      from.words[2 * i] ?? 0,
      from.words[2 * i + 1] ?? 0,
      from.status[i] ?? 0,
      from.reason[i] ?? 0,
    );
    if (isText && ((from.status[i] ?? 0) & NO_VALUE) === 0) {
      this.value[to] = this.texts.length;
      this.texts.push(from.texts[from.value[i] ?? 0] ?? "");
    }
    return to;
  }
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** The float32 whose bits these are, as a double. */
export function realOf(bits: number): number {
  floatBits[0] = bits;
  return float[0] ?? Number.NaN;
}

/** The bits of a number rounded to float32. */
export function realBits(value: number): number {
  float[0] = value;
  return floatBits[0] ?? 0;
}

/** What the lowest of the high 32 bits of a number counts. */
export const HIGH = 2 ** 32;

/** The value as a number before scale and offset; NaN where there is none or it is text. 64-bit integers lose what a double cannot hold. */
export function rawNumber(block: Block, i: number, as: Representation): number {
  if (((block.status[i] ?? 0) & NO_VALUE) !== 0) return Number.NaN;
  switch (as) {
    case "scaled":
    case "flag":
    case "double":
      return block.value[i] ?? Number.NaN;
    case "real":
      return realOf(block.words[2 * i] ?? 0);
    case "long":
      return ((block.words[2 * i + 1] ?? 0) | 0) * HIGH + (block.words[2 * i] ?? 0);
    case "text":
      return Number.NaN;
  }
}
