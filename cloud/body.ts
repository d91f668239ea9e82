import { type Id, MAX_EPOCH_MS } from "../shared/domain/id.ts";
import type { Block } from "../shared/domain/reading.ts";
import { decompress } from "../shared/node/compress.ts";
import type { Log } from "../shared/node/log.ts";
import type { BatchHeader } from "../shared/wire/batch.ts";
import { decodeBatch, frameChecksums, type TelemetryBatch } from "../shared/wire/batch-decode.ts";
import { WireError } from "../shared/wire/bytes.ts";
import { tagListOf } from "../shared/wire/dictionary.ts";
import { decodeEvents } from "../shared/wire/events.ts";
import { type FrameTimes, frameTimeAt } from "../shared/wire/frame-table.ts";
import type { SeqRange } from "../shared/wire/names.ts";
import type { BatchBody } from "../shared/wire/receiver-io.ts";
import type { EventFrame, Store, TelemetryLanding } from "./archive/archive.ts";
import type { Dictionary } from "./archive/definitions.ts";
import type { BatchMessage } from "./signature.ts";

/** What is in a batch whose signature is right. */
export type Body =
  | { kind: "empty" }
  | { kind: "no dictionary" }
  | { kind: "unreadable"; problem: string }
  | (TelemetryBatch & { kind: "telemetry"; dictionary: Id; sums: Uint32Array })
  | { kind: "events"; header: BatchHeader; frames: EventFrame[]; sums: Uint32Array };

/** Reads a body; what this release cannot read is no exception but a fact, since the frames' names are known all the same. */
export function openBody({ header, bytes, rig }: BatchMessage, store: Pick<Store, "dictionary">, log: Log): Body {
  if (header.count === 0) return { kind: "empty" };
  let dictionary: Dictionary | null;
  try {
    dictionary = header.dictionary === null ? null : store.dictionary(rig, header.dictionary);
  } catch (error) {
    // The rig wrote a dictionary that contradicts itself.
    if (error instanceof WireError) return { kind: "unreadable", problem: error.message };
    throw error;
  }
  if (header.stream === "telemetry" && dictionary === null) return { kind: "no dictionary" };
  try {
    return decoded(bytes, dictionary);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    // Any other error is a bug of ours; the rig's stream goes on all the same.
    if (!(error instanceof WireError)) log.error({ err: error, rig }, "a batch could not be decoded");
    return { kind: "unreadable", problem };
  }
}

const noTags = tagListOf([]);

function decoded(bytes: Uint8Array, dictionary: Dictionary | null): Body {
  const batch = decodeBatch(bytes, dictionary?.versions.length ?? 0, decompress);
  checkTimes(batch.times, batch.stream === "events");
  const sums = frameChecksums(batch, dictionary?.tags ?? noTags);
  if (batch.stream === "telemetry") {
    checkOwnTimes(batch.columns.readings);
    return { ...batch, kind: "telemetry", dictionary: batch.header.dictionary ?? "", sums };
  }
  const { header, times } = batch;
  const frames = batch.json.map((json, i): EventFrame => {
    const { receivedAt, mono, clock } = frameTimeAt(times, i);
    return { seq: header.firstSeq + i, at: receivedAt, mono, clock, bytes: json, events: decodeEvents(json) };
  });
  return { kind: "events", header, frames, sums };
}

/** The archive keeps receive times of events as whole ms. */
function checkTimes({ receivedAt, mono }: FrameTimes, whole: boolean): void {
  for (const at of receivedAt) {
    if (!(Math.abs(at) <= MAX_EPOCH_MS)) throw new WireError(`batch: a frame was received at ${at}, which is no date`);
    if (whole && !Number.isInteger(at))
      throw new WireError(`batch: events were received at ${at}, which is no whole ms`);
  }
  if (!mono.every(Number.isFinite)) throw new WireError("batch: a frame's monotonic time is no number");
}

/** A reading's own time may be wrong by years, but it is a time: history is in its order. */
function checkOwnTimes({ at, length }: Block): void {
  for (let i = 0; i < length; i++) {
    const time = at[i] ?? Number.NaN;
    if (!(Math.abs(time) <= MAX_EPOCH_MS)) throw new WireError(`batch: a reading is of ${time}, which is no date`);
  }
}

/** What the receiver is told of a body. */
export function forReceiver(body: Body): BatchBody {
  return body.kind === "telemetry" || body.kind === "events" ? { kind: "frames", sums: body.sums } : body;
}

/** A batch of telemetry as the archive keeps it. */
export function telemetryOf(
  body: Extract<Body, { kind: "telemetry" }>,
  bytes: Uint8Array,
  ranges: readonly SeqRange[],
  landedAt: number,
): TelemetryLanding {
  const { header, times, columns, dictionary } = body;
  const { firstSeq, count, lane } = header;
  const { frame, readings } = columns;
  const epoch = header.epoch === "" ? header.running : header.epoch;
  const last = firstSeq + count - 1;
  return { epoch, lane, dictionary, first: firstSeq, last, ranges, times, frame, readings, landedAt, batch: bytes };
}
