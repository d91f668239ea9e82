import type { Id } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import { compress } from "../../shared/node/compress.ts";
import type { SigningKey } from "../../shared/node/signing.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { type BatchFields, encodeBatch } from "../../shared/wire/batch-encode.ts";
import type { TelemetryFrame } from "../../shared/wire/frame.ts";
import type { SendOrder } from "../../shared/wire/sender-io.ts";
import { openOrdered } from "./ordered.ts";
import { type Dictionary, openDictionaries } from "./tag-lists.ts";

/** A batch, signed; without bytes where the disk has not the first of the frames. */
export interface Encoded {
  count: number;
  bytes: Uint8Array | null;
  /** Seq of the first ordered frame where the disk has it no more, or not as it was written; then there is no batch. */
  broken: number | null;
}

/** Frames decoded at first for a batch whose like has not been made before. */
const FIRST_GUESS = 64;

/** Makes batches of the frames that orders name, signed by the rig's key; of packed frames as of rows. A preview carries the tags that its order names, else these alone, or all where none are named. */
export function openEncoder(
  db: Sqlite,
  rig: string,
  key: SigningKey,
  previewTags: readonly Id[] = [],
): (order: SendOrder) => Encoded {
  const dictionaryOf = openDictionaries(db);
  const framesOf = openOrdered(db);
  /** How many frames fitted into the last batch of a lane. */
  const fitted = new Map<string, number>();

  return (order) => {
    const { answer, running, lane, send, epoch, stream, dictionary, first, maxBytes, preview } = order;
    const shown = order.tags ?? previewTags;
    const named = { rig, key: key.id, answer, running, lane, send, epoch, stream, dictionary, firstSeq: first };
    const fields: BatchFields = { ...named, thinned: null, preview };
    const options = { compress, sign: key.sign, maxBytes };
    const nothing = { count: 0, bytes: null, broken: null };
    if (epoch === "")
      return { ...nothing, bytes: encodeBatch(fields, { stream: "events", frames: [] }, options).bytes };
    const guess = fitted.get(lane) ?? FIRST_GUESS;
    const offered =
      dictionary === null
        ? { stream: "events" as const, frames: framesOf.events(order, guess * 2) }
        : {
            stream: "telemetry" as const,
            frames: framesOf.telemetry(order, guess * 2),
            representations: dictionaryOf(dictionary).list.representations,
          };
    if (offered.frames.length === 0) return { ...nothing, broken: first };
    // A batch is thinned, and within one bound, or it is not.
    const [head] = offered.frames;
    const odd = offered.frames.findIndex(({ thinned }) => thinned !== head?.thinned);
    if (odd !== -1) offered.frames = offered.frames.slice(0, odd);
    fields.thinned = head?.thinned ?? null;
    if (preview && offered.stream === "telemetry" && shown.length > 0)
      offered.frames = offered.frames.map((frame) => shownOf(frame, shown, dictionaryOf(frame.dictionary)));
    const { bytes, taken } = encodeBatch(fields, offered, {
      ...options,
      guess: Math.min(guess, offered.frames.length),
    });
    if (!preview) fitted.set(lane, Math.max(taken, 8));
    return { count: taken, bytes, broken: null };
  };
}

function shownOf(frame: TelemetryFrame, tags: readonly Id[], { position, list }: Dictionary): TelemetryFrame {
  const chosen = new Set(tags.map((tag) => position.get(tag)));
  const readings = new Block(tags.length);
  for (let i = 0; i < frame.readings.length; i++) {
    const tag = frame.readings.tag[i] ?? 0;
    if (chosen.has(tag)) readings.pushFrom(frame.readings, i, list.representations[tag] === "text");
  }
  return { ...frame, readings };
}
