import type { Id } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import { compress } from "../../shared/node/compress.ts";
import type { SigningKey } from "../../shared/node/signing.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { type BatchFields, encodeBatch } from "../../shared/wire/batch-encode.ts";
import { decodeEventsFrame, decodeFrame, type TelemetryFrame } from "../../shared/wire/frame.ts";
import { maxReadings } from "../../shared/wire/limits.ts";
import type { SendOrder } from "../../shared/wire/sender-io.ts";
import { unlessBroken } from "./broken.ts";
import { baseOf, epochNumbers } from "./schema.ts";
import { type Dictionary, openDictionaries } from "./tag-lists.ts";

/** A batch, signed; without bytes where the disk has none of the frames any more. */
export interface Encoded {
  count: number;
  bytes: Uint8Array | null;
  /** Seq of the first ordered frame where the disk did not keep it as it was written; then there is no batch. */
  broken: number | null;
}

interface Row {
  key: number;
  count: number;
  body: Uint8Array;
}

/** Frames decoded at first for a batch whose like has not been made before. */
const FIRST_GUESS = 64;

/** Makes batches of the frames that orders name, signed by the rig's key. A preview carries these tags alone, or all where none are named. */
export function openEncoder(
  db: Sqlite,
  rig: string,
  key: SigningKey,
  previewTags: readonly Id[] = [],
): (order: SendOrder) => Encoded {
  const numbers = epochNumbers(db);
  const dictionaryOf = openDictionaries(db);
  const select = db.prepare<[number, number, number], Row>(
    "select key, count, body from frame where key between ? and ? order by key limit ?",
  );
  /** How many frames fitted into the last batch of a lane. */
  const fitted = new Map<string, number>();

  /** The first of the ordered frames that the disk has, and those that follow it without a hole. */
  function rowsOf(order: SendOrder, most: number): Row[] {
    const base = baseOf(numbers.numberOf(order.epoch), order.stream);
    const rows: Row[] = [];
    let readings = 0;
    for (const row of select.iterate(base + order.first, base + order.last, most)) {
      readings += row.count;
      if (row.key !== base + order.first + rows.length || (rows.length > 0 && readings > maxReadings)) break;
      rows.push(row);
    }
    return rows;
  }

  return (order) => {
    const { answer, running, lane, send, epoch, stream, dictionary, first, maxBytes, preview } = order;
    const named = { rig, key: key.id, answer, running, lane, send, epoch, stream, dictionary, firstSeq: first };
    const fields: BatchFields = { ...named, thinned: null, preview };
    const options = { compress, sign: key.sign, maxBytes };
    const nothing = { count: 0, bytes: null, broken: null };
    if (epoch === "")
      return { ...nothing, bytes: encodeBatch(fields, { stream: "events", frames: [] }, options).bytes };
    const guess = fitted.get(lane) ?? FIRST_GUESS;
    const rows = rowsOf(order, guess * 2);
    if (rows.length === 0) return nothing;
    const offered =
      dictionary === null
        ? { stream: "events" as const, frames: leading(rows, decodeEventsFrame) }
        : {
            stream: "telemetry" as const,
            frames: leading(rows, (body) => decodeFrame(body)),
            representations: dictionaryOf(dictionary).list.representations,
          };
    if (offered.frames.length === 0) return { ...nothing, broken: first };
    if (preview && offered.stream === "telemetry" && previewTags.length > 0)
      offered.frames = offered.frames.map((frame) => shownOf(frame, previewTags, dictionaryOf(frame.dictionary)));
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

/** The frames up to the first one that does not read. */
function leading<Frame>(rows: readonly Row[], decode: (body: Uint8Array) => Frame): Frame[] {
  const frames: Frame[] = [];
  for (const { body } of rows) {
    const frame = unlessBroken(() => decode(body));
    if (frame === null) break;
    frames.push(frame);
  }
  return frames;
}
