import type { Representation } from "../domain/reading.ts";
import { type BatchHeader, batchFormat, type Sign, signatureBytes, writeBatchHeader } from "./batch.ts";
import { Writer } from "./bytes.ts";
import { transpose, writeColumns } from "./columns.ts";
import type { EventsFrame, TelemetryFrame } from "./frame.ts";
import { frameTimesOf, writeFrameTimes } from "./frame-table.ts";
import { contexts, IntWriter } from "./ints.ts";
import { maxBatchBytes, maxBatchFrames, maxBodyBytes, maxFrameBytes, maxReadings } from "./limits.ts";
import { type Compress, pack } from "./pack.ts";

/** What the sender tells of a batch; the rest of the header follows from the frames. */
export type BatchFields = Omit<BatchHeader, "format" | "count">;

/** Consecutive frames from `firstSeq` on. Telemetry: of one dictionary, whose representations are given. */
export type Frames =
  | { stream: "telemetry"; frames: readonly TelemetryFrame[]; representations: readonly Representation[] }
  | { stream: "events"; frames: readonly EventsFrame[] };

export interface BatchOptions {
  compress: Compress;
  sign: Sign;
  /** Bytes of the whole batch, at most `maxBatchBytes`, which it is by default. A single frame may pass it, up to `maxFrameBytes`. */
  maxBytes?: number;
  /** How many frames fitted into the batch before: a first guess. */
  guess?: number;
}

/**
 * As many of the offered frames as fit in one signed batch, from the first on; `taken` says how many. No frames make
 * an empty batch (`epoch` must then be ""). Throws RangeError where a single frame exceeds `maxFrameBytes`.
 */
export function encodeBatch(
  fields: BatchFields,
  offered: Frames,
  options: BatchOptions,
): { bytes: Uint8Array; taken: number } {
  if (offered.frames.length > 0 && fields.stream !== offered.stream)
    throw new RangeError("the header names another stream");
  if (offered.frames.length === 0) return { bytes: signed(fields, 0, null, options), taken: 0 };
  const maxBytes = Math.min(options.maxBytes ?? maxBatchBytes, maxBatchBytes);
  const most = mostFrames(offered);
  let taken = Math.max(1, Math.min(most, options.guess ?? guessOf(offered)));
  let fits: { bytes: Uint8Array; taken: number } | null = null;
  let tooMany = most + 1;
  for (let attempt = 0; ; attempt++) {
    const body = bodyOf(offered, taken);
    const bytes = signed(fields, taken, body, options);
    // What unpacks to more than a decoder allows is too much, however little it packs to.
    const size = Math.max(bytes.length, (body.bytes.length * maxBytes) / maxBodyBytes);
    if (size <= maxBytes || taken === 1) {
      fits = { bytes, taken };
      // Nearly full, or nothing between this and what is too much: good enough.
      if (taken + 1 >= tooMany || size > maxBytes * 0.96 || attempt >= 5) break;
    } else if (fits !== null && attempt >= 5) break;
    else tooMany = taken;
    const scaled = Math.floor((taken * maxBytes * 0.985) / size);
    const least = (fits?.taken ?? 0) + 1;
    // Without anything that fits after some tries, halve: sizes need not grow evenly.
    taken = attempt >= 5 ? Math.max(1, taken >>> 1) : Math.min(Math.max(scaled, least), tooMany - 1);
  }
  if (fits.bytes.length > maxFrameBytes) throw new RangeError(`one frame makes a batch of ${fits.bytes.length} bytes`);
  return fits;
}

/** How many frames the limits of decoding allow. */
function mostFrames(offered: Frames): number {
  const most = Math.min(offered.frames.length, maxBatchFrames);
  if (offered.stream === "events") return most;
  let readings = 0;
  for (let f = 0; f < most; f++) {
    readings += offered.frames[f]?.readings.length ?? 0;
    if (readings <= maxReadings) continue;
    if (f === 0) throw new RangeError(`a frame of ${readings} readings, at most ${maxReadings}`);
    return f;
  }
  return most;
}

/** So many frames that their readings probably fit, or their JSON compressed tenfold. */
function guessOf(offered: Frames): number {
  let size = 0;
  for (const [f, frame] of offered.frames.entries()) {
    size += "json" in frame ? frame.json.length / 300_000 : frame.readings.length / 30_000;
    if (size > 1) return Math.max(f, 1);
  }
  return offered.frames.length;
}

function bodyOf(offered: Frames, taken: number): { bytes: Uint8Array; texts: boolean } {
  const ints = new IntWriter();
  const frames = offered.frames.slice(0, taken);
  const times = frameTimesOf(frames);
  writeFrameTimes(ints, times);
  let texts = true;
  if (offered.stream === "telemetry") {
    const telemetry = offered.frames.slice(0, taken);
    writeOriginals(ints, telemetry);
    const columns = transpose(
      telemetry.map((frame) => frame.readings),
      offered.representations,
    );
    writeColumns(ints, columns, times.receivedAt, offered.representations);
    texts = columns.readings.texts.length > 0;
  } else for (const frame of offered.frames.slice(0, taken)) ints.blob(frame.json);
  const to = new Writer(4096);
  ints.finish(to);
  return { bytes: to.view8(), texts };
}

/** The checksums of thinned frames, which their readings no longer tell: 0 none is thinned, 1 all are. */
function writeOriginals(to: IntWriter, frames: readonly TelemetryFrame[]): void {
  const thinned = frames.filter((frame) => frame.thinned !== null);
  if (thinned.length > 0 && thinned.length < frames.length)
    throw new RangeError("thinned and whole frames in one batch");
  to.int(contexts.structure, thinned.length > 0 ? 1 : 0);
  if (thinned.length === 0) return;
  const sums = new Writer(8 * thinned.length);
  for (const { checksum } of thinned) {
    sums.u32(checksum.a);
    sums.u32(checksum.b);
  }
  to.blob(sums.view8());
}

function signed(
  fields: BatchFields,
  count: number,
  body: { bytes: Uint8Array; texts: boolean } | null,
  { compress, sign }: BatchOptions,
): Uint8Array {
  const to = new Writer((body?.bytes.length ?? 0) + 256);
  // Columns of numbers are packed already; only text gains.
  const packed = body === null ? null : pack(body.bytes, body.texts ? compress : null);
  writeBatchHeader(to, { ...fields, format: batchFormat, count }, packed?.packing ?? 0);
  if (packed !== null) to.bytes(packed.bytes);
  const signature = sign(to.finish());
  if (signature.length !== signatureBytes) throw new RangeError(`a signature of ${signature.length} bytes`);
  to.bytes(signature);
  return to.finish();
}
