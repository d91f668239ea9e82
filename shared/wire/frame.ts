import type { Id } from "../domain/id.ts";
import { Block, NO_VALUE, type Representation } from "../domain/reading.ts";
import { Reader, utf8, WireError, Writer } from "./bytes.ts";
import { checksumOf, hashBytes, type TagList } from "./checksum.ts";
import { maxFrameBytes, maxReadings, maxTextBytes } from "./limits.ts";
import { type Checksum, type ClockState, clockStates } from "./names.ts";

/** A frame as the journal stores it, one row a tick: quick to write, every bit of it guarded by a hash at its end. */

export const frameFormat = 1;

/** When a frame closed. */
export interface FrameTime {
  /** Milliseconds UTC by the rig's clock. */
  receivedAt: number;
  /** Milliseconds of the monotonic clock of this boot; whole ones take least room. */
  mono: number;
  clock: ClockState;
}

/** What stands before a frame's content. */
export interface FrameHead extends FrameTime {
  /** What the readings' tags refer to; null in a frame of events. */
  dictionary: Id | null;
  /** Over the readings, or of a thinned frame over those that it had; of events a hash of their bytes. */
  checksum: Checksum;
  /** Readings were left out; the checksum is the original's. */
  thinned: boolean;
}

/** What one rig accepted in one tick. */
export interface TelemetryFrame extends FrameHead {
  dictionary: Id;
  readings: Block;
}

/** A frame of events, as the bytes of their JSON (events.ts). */
export interface EventsFrame extends FrameHead {
  dictionary: null;
  thinned: false;
  json: Uint8Array;
}

const forms = { number: 0, word: 1, bits: 2, text: 3 } as const;
const formOf: Record<Representation, number> = {
  scaled: forms.number,
  flag: forms.number,
  real: forms.word,
  long: forms.bits,
  double: forms.bits,
  text: forms.text,
};

const thinnedFlag = 0b0100;
const eventsFlag = 0b1000;

/**
 * A tick's readings as one row. The checksum is worked out here, unless `original` tells that of the frame that this one
 * was thinned from. Throws RangeError where the limits of limits.ts are passed.
 */
export function encodeFrame(
  readings: Block,
  tags: TagList,
  time: FrameTime & { dictionary: Id; original?: Checksum },
): Uint8Array {
  if (readings.length > maxReadings)
    throw new RangeError(`a frame of ${readings.length} readings, at most ${maxReadings}`);
  const to = new Writer(64 + readings.length * 6);
  writeHead(to, {
    ...time,
    checksum: time.original ?? checksumOf(readings, tags),
    thinned: time.original !== undefined,
  });
  writeReadings(to, readings, tags.representations);
  return sealed(to);
}

/** Events (the JSON that encodeEvents makes) as one row. */
export function encodeEventsFrame(json: Uint8Array, time: FrameTime): Uint8Array {
  const to = new Writer(64 + json.length);
  writeHead(to, { ...time, dictionary: null, checksum: hashBytes(json), thinned: false });
  to.bytes(json);
  return sealed(to);
}

/** Time, dictionary and checksum of either kind of frame; its content and its hash are not looked at. */
export function decodeFrameHead(bytes: Uint8Array): FrameHead {
  return readHead(new Reader(bytes, "frame"));
}

/** A frame of telemetry, all bits of it. Fills `into` (cleared first) where given. Throws WireError if a bit has changed. */
export function decodeFrame(bytes: Uint8Array, into: Block = new Block(16)): TelemetryFrame {
  const from = opened(bytes);
  const { dictionary, ...head } = readHead(from);
  if (dictionary === null) throw from.fail("kind", "is events, not telemetry");
  readReadings(from, into);
  from.end();
  return { ...head, dictionary, readings: into };
}

/** A frame of events. Throws WireError if a bit has changed. */
export function decodeEventsFrame(bytes: Uint8Array): EventsFrame {
  const from = opened(bytes);
  const head = readHead(from);
  if (head.dictionary !== null) throw from.fail("kind", "is telemetry, not events");
  return { ...head, dictionary: null, thinned: false, json: from.bytes(from.left, "events").slice() };
}

function sealed(to: Writer): Uint8Array {
  const hash = hashBytes(to.view8());
  to.u32(hash.a);
  to.u32(hash.b);
  if (to.length > maxFrameBytes) throw new RangeError(`a frame of ${to.length} bytes, at most ${maxFrameBytes}`);
  return to.finish();
}

function opened(bytes: Uint8Array): Reader {
  if (bytes.length < 8 || bytes.length > maxFrameBytes) throw new WireError(`frame: of ${bytes.length} bytes`);
  const content = bytes.subarray(0, bytes.length - 8);
  const seal = new Reader(bytes.subarray(bytes.length - 8), "frame, hash");
  const hash = hashBytes(content);
  if (hash.a !== seal.u32("a") || hash.b !== seal.u32("b"))
    throw new WireError("frame: its bytes do not match its hash");
  return new Reader(content, "frame");
}

function writeHead(to: Writer, head: FrameHead): void {
  to.u8(frameFormat);
  const kind = head.dictionary === null ? eventsFlag : 0;
  to.u8(clockStates.indexOf(head.clock) | kind | (head.thinned ? thinnedFlag : 0));
  to.f64(head.receivedAt);
  to.f64(head.mono);
  to.u32(head.checksum.a);
  to.u32(head.checksum.b);
  if (head.dictionary !== null) to.id(head.dictionary);
}

function readHead(from: Reader): FrameHead {
  const format = from.u8("format");
  if (format !== frameFormat) throw from.fail("format", `is ${format}, ${frameFormat} is known`);
  const flags = from.u8("flags");
  const clock = clockStates[flags & 0b0011];
  if (clock === undefined || flags > 0b1111) throw from.fail("flags", `are ${flags}`);
  const receivedAt = from.f64("receive time");
  const mono = from.f64("monotonic time");
  const checksum = { a: from.u32("checksum a"), b: from.u32("checksum b") };
  const dictionary = (flags & eventsFlag) === 0 ? from.id("dictionary") : null;
  return { receivedAt, mono, clock, checksum, dictionary, thinned: (flags & thinnedFlag) !== 0 };
}

function writeReadings(to: Writer, readings: Block, representations: readonly Representation[]): void {
  const n = readings.length;
  const { tag, status, reason } = readings;
  const forms = new Uint8Array(n);
  for (let i = 0; i < n; i++) forms[i] = formAt(readings, i, representations);
  to.varint(n);
  // A run of tags counts up by one; the other runs repeat.
  for (let i = 0, expected = 0; i < n; ) {
    const first = tag[i] ?? 0;
    let next = i + 1;
    while (next < n && tag[next] === first + next - i) next++;
    to.zigzag(first - expected);
    to.varint(next - i);
    expected = first + next - i;
    i = next;
  }
  writeTimes(to, readings.at, n);
  for (const column of [status, reason, forms]) {
    for (let i = 0; i < n; ) {
      const value = column[i] ?? 0;
      let next = i + 1;
      while (next < n && column[next] === value) next++;
      to.varint(value);
      to.varint(next - i);
      i = next;
    }
  }
  for (let i = 0; i < n; i++) if (((status[i] ?? 0) & NO_VALUE) === 0) writeValue(to, readings, i, forms[i] ?? 0);
}

function formAt(readings: Block, i: number, representations: readonly Representation[]): number {
  const as = representations[readings.tag[i] ?? 0];
  if (as === undefined)
    throw new RangeError(`tag ${readings.tag[i]} is not in a dictionary of ${representations.length}`);
  const form = formOf[as];
  if (form === forms.number) {
    const value = readings.value[i] ?? 0;
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? form : forms.bits;
  }
  return form === forms.word && readings.words[2 * i + 1] !== 0 ? forms.bits : form;
}

function writeTimes(to: Writer, at: Float64Array, n: number): void {
  let whole = 1;
  for (let i = 0; i < n; i++) {
    const time = at[i] ?? 0;
    if (!(Math.abs(time) < 2 ** 52 && Math.floor(time) === time) || Object.is(time, -0)) whole = 0;
  }
  to.u8(whole);
  let before = 0;
  for (let i = 0; i < n; ) {
    const time = at[i] ?? 0;
    if (whole === 0) {
      to.f64(time);
      i++;
      continue;
    }
    let next = i + 1;
    while (next < n && at[next] === time) next++;
    to.zigzag(time - before);
    to.varint(next - i);
    before = time;
    i = next;
  }
}

function writeValue(to: Writer, readings: Block, i: number, form: number): void {
  switch (form) {
    case forms.number:
      to.zigzag(readings.value[i] ?? 0);
      return;
    case forms.word:
      to.u32(readings.words[2 * i] ?? 0);
      return;
    case forms.bits:
      to.u32(readings.words[2 * i] ?? 0);
      to.u32(readings.words[2 * i + 1] ?? 0);
      return;
    default: {
      const bytes = utf8(readings.texts[readings.value[i] ?? 0] ?? "");
      if (bytes.length > maxTextBytes) throw new RangeError(`a text of ${bytes.length} bytes, at most ${maxTextBytes}`);
      to.blob(bytes);
      return;
    }
  }
}

function readReadings(from: Reader, into: Block): void {
  into.clear();
  const n = from.varint("readings", maxReadings);
  into.reserve(n);
  into.length = n;
  for (let i = 0, expected = 0; i < n; ) {
    const first = expected + from.zigzag("tag");
    const run = runOf(from, "tags", n - i);
    if (first < 0 || first + run > 2 ** 32) throw from.fail("tag", `is ${first}`);
    for (let k = 0; k < run; k++) into.tag[i + k] = first + k;
    expected = first + run;
    i += run;
  }
  readTimes(from, into.at, n);
  const formColumn = new Uint8Array(n);
  readRuns(from, "status", into.status, n, 255);
  readRuns(from, "reason", into.reason, n, 0xffffffff);
  readRuns(from, "form", formColumn, n, forms.text);
  for (let i = 0; i < n; i++) {
    into.value[i] = 0;
    if (((into.status[i] ?? 0) & NO_VALUE) === 0) readValue(from, into, i, formColumn[i] ?? 0);
  }
}

function runOf(from: Reader, what: string, left: number): number {
  const run = from.varint(`run of ${what}`, left);
  if (run === 0) throw from.fail(`run of ${what}`, "is empty");
  return run;
}

function readRuns(from: Reader, what: string, into: Uint8Array | Uint32Array, n: number, max: number): void {
  for (let i = 0; i < n; ) {
    const value = from.varint(what, max);
    const run = runOf(from, what, n - i);
    into.fill(value, i, i + run);
    i += run;
  }
}

function readTimes(from: Reader, into: Float64Array, n: number): void {
  const whole = from.u8("form of times") === 1;
  for (let i = 0, time = 0; i < n; ) {
    if (!whole) {
      into[i++] = from.f64("time");
      continue;
    }
    time += from.zigzag("time");
    const run = runOf(from, "times", n - i);
    into.fill(time, i, i + run);
    i += run;
  }
}

function readValue(from: Reader, into: Block, i: number, form: number): void {
  switch (form) {
    case forms.number:
      into.value[i] = from.zigzag("value");
      return;
    case forms.word:
      into.words[2 * i] = from.u32("value");
      return;
    case forms.bits:
      into.words[2 * i] = from.u32("value, low");
      into.words[2 * i + 1] = from.u32("value, high");
      return;
    default:
      into.value[i] = into.texts.length;
      into.texts.push(from.text("text", maxTextBytes));
  }
}
