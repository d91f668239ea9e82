import type { Id } from "../domain/id.ts";
import { Reader, WireError, type Writer } from "./bytes.ts";
import { readBound } from "./frame.ts";
import { type Lane, lanes, type Stream, streams } from "./names.ts";

/**
 * What stands before the columns of a batch. Signed with them when it is sent, never stored signed.
 * Ids and hashes are 64 bits.
 */
export interface BatchHeader {
  format: number;
  rig: string;
  /** Which of the rig's keys signs. */
  key: Id;
  /** The hello answer that this is sent under. */
  answer: Id;
  /** The epoch that runs on the rig now. */
  running: Id;
  lane: Lane;
  /** Counts the batches of a lane from 1 under one answer; 0 for a preview. */
  send: number;
  /** Of the frames; equals `running` for what this run made. Empty ("") when count is 0. */
  epoch: Id | "";
  stream: Stream;
  /** Hash of the dictionary that the columns refer to; null for events. */
  dictionary: Id | null;
  firstSeq: number;
  count: number;
  /** Present when readings were left out: the greatest error that interpolation makes, as a share of each tag's deadband. */
  thinned: number | null;
  /** Chosen tags shown at once on a metered link; shown, never held. */
  preview: boolean;
}

/** The format that this release writes; formats that it reads stand in names.ts. */
export const batchFormat = 2;
export const signatureBytes = 64;

const flags = {
  otherEpoch: 0b0000_1000,
  thinned: 0b0001_0000,
  preview: 0b0010_0000,
  empty: 0b0100_0000,
  zstd: 0b1000_0000,
} as const;

/** Bytes of an ed25519 signature over what is given, by the rig's current key. */
export type Sign = (bytes: Uint8Array) => Uint8Array;
/** Whether a signature is that of a key (which the caller looks up by the header) over these bytes. */
export type Verify = (bytes: Uint8Array, signature: Uint8Array) => boolean;

/** `packing` is the body's (pack.ts). Throws RangeError where a header contradicts itself. */
export function writeBatchHeader(to: Writer, header: BatchHeader, packing: number): void {
  const empty = header.count === 0;
  if (empty !== (header.epoch === "")) throw new RangeError("a batch has an epoch exactly if it has frames");
  if (!empty && (header.stream === "telemetry") !== (header.dictionary !== null))
    throw new RangeError("a batch has a dictionary exactly if it is of telemetry");
  if (header.stream === "events" && (header.preview || header.thinned !== null))
    throw new RangeError("events are neither thinned nor a preview");
  to.u8(batchFormat);
  to.u8(
    lanes.indexOf(header.lane) |
      (streams.indexOf(header.stream) << 2) |
      (empty || header.epoch === header.running ? 0 : flags.otherEpoch) |
      (header.thinned === null ? 0 : flags.thinned) |
      (header.preview ? flags.preview : 0) |
      (empty ? flags.empty : 0) |
      (packing === 0 ? 0 : flags.zstd),
  );
  to.text(header.rig);
  to.id(header.key);
  to.id(header.answer);
  to.id(header.running);
  to.varint(header.send);
  if (empty) return;
  if (header.epoch !== header.running) to.id(header.epoch);
  if (header.dictionary !== null) to.id(header.dictionary);
  to.varint(header.firstSeq);
  to.varint(header.count);
  if (header.thinned !== null) to.f64(header.thinned);
}

/** The header of a batch and where its body starts; neither body nor signature is looked at. Throws WireError. */
export function decodeBatchHeader(bytes: Uint8Array): { header: BatchHeader; packing: number; bodyAt: number } {
  const from = new Reader(bytes, "batch header");
  const format = from.u8("format");
  if (format !== batchFormat) throw from.fail("format", `is ${format}, ${batchFormat} is known`);
  const bits = from.u8("flags");
  const lane = lanes[bits & 0b11];
  const stream = streams[(bits >>> 2) & 1];
  if (lane === undefined || stream === undefined) throw from.fail("flags", `are ${bits}`);
  const rig = from.text("rig", 50);
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(rig)) throw from.fail("rig", "is not 1 to 50 of A-Z a-z 0-9 _ -");
  const key = from.id("key");
  const answer = from.id("answer");
  const running = from.id("running epoch");
  const send = from.varint("send number");
  const preview = (bits & flags.preview) !== 0;
  if (stream === "events" && (bits & (flags.thinned | flags.preview)) !== 0)
    throw from.fail("flags", "say that events are thinned or a preview");
  const packing = (bits & flags.zstd) === 0 ? 0 : 1;
  const common = { format, rig, key, answer, running, lane, stream, send, preview };
  if ((bits & flags.empty) !== 0) {
    if ((bits & (flags.otherEpoch | flags.thinned | flags.zstd)) !== 0)
      throw from.fail("flags", "tell of frames that are not there");
    return {
      header: { ...common, epoch: "", dictionary: null, firstSeq: 0, count: 0, thinned: null },
      packing,
      bodyAt: from.at,
    };
  }
  const epoch = (bits & flags.otherEpoch) === 0 ? running : from.id("epoch");
  const dictionary = stream === "telemetry" ? from.id("dictionary") : null;
  const firstSeq = from.varint("first seq", 2 ** 48);
  const count = from.varint("count", 2 ** 32);
  if (firstSeq === 0 || count === 0) throw from.fail("seqs", "count from 1");
  if (firstSeq + count > 2 ** 48) throw from.fail("seqs", "reach 2^48");
  const thinned = (bits & flags.thinned) === 0 ? null : readBound(from);
  return { header: { ...common, epoch, dictionary, firstSeq, count, thinned }, packing, bodyAt: from.at };
}

/** What `verify` (which may promise) says of the signature at the end of a batch, over all the bytes before it. */
export function verifyBatch<Said>(bytes: Uint8Array, verify: (...of: Parameters<Verify>) => Said): Said | false {
  if (bytes.length <= signatureBytes) return false;
  const end = bytes.length - signatureBytes;
  return verify(bytes.subarray(0, end), bytes.subarray(end));
}

/** What stands between header and signature. Throws WireError. */
export function batchBody(bytes: Uint8Array, bodyAt: number): Uint8Array {
  const end = bytes.length - signatureBytes;
  if (end < bodyAt) throw new WireError(`batch: of ${bytes.length} bytes has no room for body and signature`);
  return bytes.subarray(bodyAt, end);
}
