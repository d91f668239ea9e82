import type { Id } from "../domain/id.ts";
import { Block } from "../domain/reading.ts";
import { Reader, WireError, Writer } from "./bytes.ts";
import { checksumOf, hashBytes, type TagList } from "./checksum.ts";
import { readReadings, writeReadings } from "./frame-readings.ts";
import { maxFrameBytes, maxReadings } from "./limits.ts";
import { type Checksum, type ClockState, clockStates } from "./names.ts";

/** A frame as the journal stores it, one row a tick: quick to write, every bit of it guarded by a hash at its end. */

const frameFormat = 1;

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
  /** Of a frame of which readings were left out: the bound within which (shared/domain/thinning.ts); the checksum is the original's. Null of a whole one. */
  thinned: number | null;
}

/** What a thinned frame keeps of the one that it was. */
export interface Original {
  checksum: Checksum;
  bound: number;
}

/** What one rig accepted in one tick. */
export interface TelemetryFrame extends FrameHead {
  dictionary: Id;
  readings: Block;
}

/** A frame of events, as the bytes of their JSON (events.ts). */
export interface EventsFrame extends FrameHead {
  dictionary: null;
  thinned: null;
  json: Uint8Array;
}

const thinnedFlag = 0b0100;
const eventsFlag = 0b1000;

/**
 * A tick's readings as one row. The checksum is worked out here, unless `original` tells that of the frame that this one
 * was thinned from, and the bound. Throws RangeError where the limits of limits.ts are passed.
 */
export function encodeFrame(
  readings: Block,
  tags: TagList,
  time: FrameTime & { dictionary: Id; original?: Original },
): Uint8Array {
  if (readings.length > maxReadings)
    throw new RangeError(`a frame of ${readings.length} readings, at most ${maxReadings}`);
  const to = new Writer(64 + readings.length * 6);
  writeHead(to, {
    ...time,
    checksum: time.original?.checksum ?? checksumOf(readings, tags),
    thinned: time.original?.bound ?? null,
  });
  writeReadings(to, readings, tags.representations);
  return sealed(to);
}

/** Events (the JSON that encodeEvents makes) as one row. */
export function encodeEventsFrame(json: Uint8Array, time: FrameTime): Uint8Array {
  const to = new Writer(64 + json.length);
  writeHead(to, { ...time, dictionary: null, checksum: hashBytes(json), thinned: null });
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
  if (head.thinned !== null) throw from.fail("kind", "is events that are thinned");
  return { ...head, dictionary: null, thinned: null, json: from.bytes(from.left, "events").slice() };
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
  to.u8(clockStates.indexOf(head.clock) | kind | (head.thinned === null ? 0 : thinnedFlag));
  to.f64(head.receivedAt);
  to.f64(head.mono);
  to.u32(head.checksum.a);
  to.u32(head.checksum.b);
  if (head.thinned !== null) to.f64(head.thinned);
  if (head.dictionary !== null) to.id(head.dictionary);
}

/** Within which readings were left out. */
export function readBound(from: Reader): number {
  const bound = from.f64("bound");
  if (!(bound >= 0 && bound <= 1)) throw from.fail("bound", `is ${bound}`);
  return bound;
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
  const thinned = (flags & thinnedFlag) === 0 ? null : readBound(from);
  const dictionary = (flags & eventsFlag) === 0 ? from.id("dictionary") : null;
  return { receivedAt, mono, clock, checksum, dictionary, thinned };
}
