import { type BatchHeader, batchBody, decodeBatchHeader } from "./batch.ts";
import { Reader, WireError } from "./bytes.ts";
import { addReadings, hashBytes, type TagList } from "./checksum.ts";
import { type Columns, framesFrom, readColumns } from "./columns.ts";
import type { TelemetryFrame } from "./frame.ts";
import { type FrameTimes, frameTimeAt, readFrameTimes } from "./frame-table.ts";
import { contexts, IntReader } from "./ints.ts";
import { maxBatchFrames, maxBodyBytes, maxFrameBytes, maxReadings } from "./limits.ts";
import { type Decompress, unpack } from "./pack.ts";

/** A batch of telemetry: its readings as columns. */
export interface TelemetryBatch {
  stream: "telemetry";
  header: BatchHeader;
  times: FrameTimes;
  columns: Columns;
  /** The checksums that thinned frames had before, two words a frame; null where the readings are all there. */
  originals: Uint32Array | null;
}

/** A batch of events: each frame's JSON. */
export interface EventsBatch {
  stream: "events";
  header: BatchHeader;
  times: FrameTimes;
  json: Uint8Array[];
}

/**
 * A batch that has frames (count > 0). `tags` is how long its dictionary is; 0 for events. Check the signature first.
 * Throws WireError for anything that encodeBatch does not write, before it allocates more than the limits allow.
 */
export function decodeBatch(bytes: Uint8Array, tags: number, decompress: Decompress): TelemetryBatch | EventsBatch {
  if (bytes.length > maxFrameBytes) throw new WireError(`batch: of ${bytes.length} bytes, at most ${maxFrameBytes}`);
  const { header, packing, bodyAt } = decodeBatchHeader(bytes);
  if (header.count === 0) throw new WireError("batch: is empty, it has no body");
  if (header.count > maxBatchFrames) throw new WireError(`batch: of ${header.count} frames, at most ${maxBatchFrames}`);
  const packed = { packing, bytes: batchBody(bytes, bodyAt) };
  const from = new IntReader(unpack(packed, decompress, maxBodyBytes, "batch"), "batch body");
  const times = readFrameTimes(from, header.count);
  const batch =
    header.stream === "telemetry" ? readTelemetry(from, header, times, tags) : readEvents(from, header, times);
  from.end();
  return batch;
}

function readTelemetry(from: IntReader, header: BatchHeader, times: FrameTimes, tags: number): TelemetryBatch {
  const originals = from.int(contexts.structure, "thinned", 1) === 1 ? readOriginals(from, header.count) : null;
  if ((originals !== null) !== (header.thinned !== null)) throw from.fail("thinned", "differs from the header");
  const columns = readColumns(from, times.receivedAt, maxReadings, tags);
  return { stream: "telemetry", header, times, originals, columns };
}

function readOriginals(from: IntReader, count: number): Uint32Array {
  const sums = new Reader(from.blob("checksums of the originals", 8 * count), "checksums of the originals");
  const originals = new Uint32Array(2 * count);
  for (let i = 0; i < originals.length; i++) originals[i] = sums.u32("checksum");
  sums.end();
  return originals;
}

function readEvents(from: IntReader, header: BatchHeader, times: FrameTimes): EventsBatch {
  const json: Uint8Array[] = [];
  for (let f = 0; f < header.count; f++) json.push(from.blob("events", maxFrameBytes));
  return { stream: "events", header, times, json };
}

/** The checksum of each frame, two words a frame: over its readings, of its JSON, or as a thinned frame brings it along. */
export function frameChecksums(batch: TelemetryBatch | EventsBatch, tags: TagList): Uint32Array {
  const sums = new Uint32Array(2 * batch.header.count);
  if (batch.stream === "telemetry") {
    if (batch.originals !== null) return batch.originals;
    const { readings, frame } = batch.columns;
    addReadings(sums, readings, tags, 0, readings.length, frame);
  } else {
    for (const [f, json] of batch.json.entries()) {
      const hash = hashBytes(json);
      sums[2 * f] = hash.a;
      sums[2 * f + 1] = hash.b;
    }
  }
  return sums;
}

/** The frames of a batch one by one, under their seqs. See `framesFrom`. */
export function* framesOf(batch: TelemetryBatch, tags: TagList): Generator<TelemetryFrame & { seq: number }> {
  const { header, columns, times } = batch;
  const sums = frameChecksums(batch, tags);
  for (const { index, readings } of framesFrom(columns, header.count, tags)) {
    yield {
      ...frameTimeAt(times, index),
      seq: header.firstSeq + index,
      dictionary: header.dictionary ?? "",
      checksum: { a: sums[2 * index] ?? 0, b: sums[2 * index + 1] ?? 0 },
      thinned: header.thinned,
      readings,
    };
  }
}
