/**
 * Bytes and back, with a limit on everything: little-endian numbers, LEB128 varints, zigzag, ids, text.
 * Numbers are exact up to 2^53; no BigInt.
 */

/** What arrived cannot be read: names what was expected and where. The only error that decoding throws. */
export class WireError extends Error {
  override readonly name = "WireError";
}

const encoder = new TextEncoder();
// Fatal: broken UTF-8 must not become other text. ignoreBOM: a leading U+FEFF is part of the text.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8; lone surrogates, which UTF-8 has no bytes for, become U+FFFD. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Text of UTF-8 bytes; throws WireError where they are none. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new WireError(`${what}: not UTF-8`, { cause });
  }
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The value of a lower-case hex digit; negative for anything else. */
function digitOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

function notAnId(id: string): RangeError {
  return new RangeError(`id: "${id}" is not 16 lower-case hex digits`);
}

/** Appends to a growing buffer. */
export class Writer {
  length = 0;
  private buffer: Uint8Array;
  private view: DataView;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }

  /** One byte; the lower eight bits of `value`. */
  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** Four bytes; the lower 32 bits of `value`. */
  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value >>> 0, true);
    this.length += 4;
  }

  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** An integer from 0 to 2^53 - 1 in one to eight bytes; throws RangeError on anything else. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`varint: ${value} is no integer from 0 to 2^53`);
    this.reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  /** An integer of either sign below 2^53; small ones are short. Throws RangeError on anything else. */
  zigzag(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`zigzag: ${value} is no safe integer`);
    const sign = value < 0 ? 1 : 0;
    const magnitude = sign === 1 ? -1 - value : value;
    const low = ((magnitude % 64) << 1) | sign;
    this.u8(magnitude < 64 ? low : low | 128);
    if (magnitude >= 64) this.varint(Math.floor(magnitude / 64));
  }

  /** Bytes as they are, without their length. */
  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Length as varint, then the bytes. */
  blob(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  /** Length in bytes as varint, then UTF-8. */
  text(text: string): void {
    this.blob(utf8(text));
  }

  /** 16 hex digits as 8 bytes, most significant first; throws RangeError on anything else. */
  id(id: string): void {
    if (id.length !== 16) throw notAnId(id);
    this.reserve(8);
    for (let i = 0; i < 16; i += 2) {
      const byte = (digitOf(id, i) << 4) | digitOf(id, i + 1);
      if (byte < 0) throw notAnId(id);
      this.buffer[this.length++] = byte;
    }
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }

  /** What was written, without a copy: valid until the next write. */
  view8(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Starts over in the same buffer. */
  clear(): void {
    this.length = 0;
  }
}

/** Reads what a Writer wrote; every method throws WireError, naming `what`, rather than reading past the end. */
export class Reader {
  at = 0;
  private readonly buffer: Uint8Array;
  private readonly view: DataView;
  private readonly where: string;

  /** `where` stands in front of every message: "batch header", "hello". */
  constructor(buffer: Uint8Array, where: string) {
    // Plain bytes: a Buffer's slice() would not copy.
    this.buffer = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.where = where;
  }

  get left(): number {
    return this.buffer.length - this.at;
  }

  /** The error to throw for what is wrong here. */
  fail(what: string, problem: string): WireError {
    return new WireError(`${this.where}: ${what} ${problem} (byte ${this.at} of ${this.buffer.length})`);
  }

  private take(count: number, what: string): number {
    if (count > this.left) throw this.fail(what, `needs ${count} bytes, ${this.left} are left`);
    const from = this.at;
    this.at += count;
    return from;
  }

  u8(what: string): number {
    return this.view.getUint8(this.take(1, what));
  }

  u32(what: string): number {
    return this.view.getUint32(this.take(4, what), true);
  }

  f64(what: string): number {
    return this.view.getFloat64(this.take(8, what), true);
  }

  /** An integer from 0 to `max` (at most 2^53 - 1). */
  varint(what: string, max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8(what);
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (byte === 0 && i > 0) throw this.fail(what, "is longer than it need be");
        if (value > max) throw this.fail(what, `is ${value}, at most ${max} is allowed`);
        return value;
      }
      factor *= 128;
    }
    throw this.fail(what, "has more than 8 bytes");
  }

  /** An integer of either sign below 2^53. */
  zigzag(what: string): number {
    const first = this.u8(what);
    let magnitude = (first & 127) >>> 1;
    if (first >= 128) {
      const high = this.varint(what, 2 ** 47 - 1);
      if (high === 0) throw this.fail(what, "is longer than it need be");
      magnitude += high * 64;
    }
    const value = (first & 1) === 1 ? -1 - magnitude : magnitude;
    if (!Number.isSafeInteger(value)) throw this.fail(what, "is beyond 2^53");
    return value;
  }

  /** A view of the next `count` bytes, not a copy. */
  bytes(count: number, what: string): Uint8Array {
    const from = this.take(count, what);
    return this.buffer.subarray(from, from + count);
  }

  /** A view of the bytes behind a length of at most `max`. */
  blob(what: string, max: number): Uint8Array {
    return this.bytes(this.varint(`length of ${what}`, max), what);
  }

  /** UTF-8 of at most `max` bytes. */
  text(what: string, max: number): string {
    return textOf(this.blob(what, max), `${this.where}: ${what}`);
  }

  /** 8 bytes as 16 hex digits. */
  id(what: string): string {
    const from = this.take(8, what);
    let id = "";
    for (let i = from; i < from + 8; i++) id += hexOfByte[this.buffer[i] ?? 0] ?? "";
    return id;
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.left > 0) throw this.fail("end", `expected, ${this.left} bytes are left`);
  }
}
