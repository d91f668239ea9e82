import type { RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import { compress } from "../../shared/node/compress.ts";
import { newId } from "../../shared/node/id.ts";
import type { SigningKey } from "../../shared/node/signing.ts";
import { type BatchFields, encodeBatch } from "../../shared/wire/batch-encode.ts";
import { checksumOf, hashBytes } from "../../shared/wire/checksum.ts";
import { dictionaryEvent, tagEvent, tagHash, tagListOf } from "../../shared/wire/dictionary.ts";
import { encodeEvents } from "../../shared/wire/events.ts";
import type { EventsFrame, TelemetryFrame } from "../../shared/wire/frame.ts";
import { encodeHello, type HelloPage, type LastSeqs } from "../../shared/wire/hello.ts";
import { batchFormats, type Lane, type SeqRange, type Stream, segmentFormats } from "../../shared/wire/names.ts";

/** When hand-made frames begin: a whole hour. */
export const START = Date.UTC(2030, 0, 1, 6);

/** A tag of a hand-made rig; a scaled integer with two decimals unless told otherwise. */
export function tagOf(
  name: string,
  kind: TagVersion["kind"] = { type: "scaled", bits: 32, signed: true, scale: 0.01, offset: 0 },
): TagVersion {
  return {
    id: newId(),
    name,
    label: name,
    unit: "psi",
    kind,
    limits: { onDelayS: 5, deadband: 0.02 },
    source: "hand",
    validFrom: START,
  };
}

/** Fills a frame's readings. */
export type Fill = (readings: Block, seq: number, at: number) => void;

/** One run of a daemon, without a journal and a network: it makes frames of a second each and signs batches of them, as told. */
export function handRig(
  rig: string,
  key: SigningKey,
  tags: readonly TagVersion[],
  options: Partial<{
    epoch: Id;
    predecessor: "unknown" | null | { epoch: Id; last: { telemetry: number; events: number } };
    startedAt: number;
    answer: Id;
    fill: Fill;
  }> = {},
) {
  const epoch = options.epoch ?? newId();
  let answer = options.answer ?? newId();
  const startedAt = options.startedAt ?? START;
  const hashes = tags.map(tagHash);
  const dictionary = dictionaryEvent(hashes, null);
  const list = tagListOf(tags);
  const fill: Fill =
    options.fill ??
    ((readings, seq, at) => {
      for (let tag = 0; tag < tags.length; tag++) readings.push(tag, at, 100 * tag + (seq % 50), GOOD, 0);
    });
  const sent = { events: 0, live: 0, backfill: 0 };
  let eventSeq = 0;

  function batch(fields: Partial<BatchFields>, frames: Parameters<typeof encodeBatch>[1]): Uint8Array {
    const lane = fields.lane ?? "live";
    const whole: BatchFields = {
      rig,
      key: key.id,
      answer,
      running: epoch,
      lane,
      send: ++sent[lane],
      epoch,
      stream: frames.stream,
      dictionary: frames.stream === "telemetry" ? dictionary.hash : null,
      firstSeq: 1,
      thinned: null,
      preview: false,
      ...fields,
    };
    const { bytes, taken } = encodeBatch(whole, frames, { compress, sign: key.sign, maxBytes: 32_768 });
    if (taken !== frames.frames.length) throw new Error(`only ${taken} of ${frames.frames.length} frames fit`);
    return bytes;
  }

  function telemetryFrame(seq: number): TelemetryFrame {
    const receivedAt = startedAt + (seq - 1) * 1_000;
    const readings = new Block(tags.length);
    fill(readings, seq, receivedAt);
    const checksum = checksumOf(readings, list);
    return {
      receivedAt,
      mono: 5_000 + seq * 1_000,
      clock: "synchronised",
      dictionary: dictionary.hash,
      checksum,
      thinned: null,
      readings,
    };
  }

  function eventsFrame(events: readonly RigEvent[]): EventsFrame {
    const json = encodeEvents(events);
    return {
      receivedAt: startedAt,
      mono: 5_000,
      clock: "synchronised",
      dictionary: null,
      thinned: null,
      checksum: hashBytes(json),
      json,
    };
  }

  return {
    rig,
    key,
    epoch,
    /** Batches from now on name this answer; their send numbers begin anew. */
    under(next: Id): void {
      answer = next;
      Object.assign(sent, { events: 0, live: 0, backfill: 0 });
    },
    /** A hello that names this run alone, with the frames that it still has. */
    hello: (last: LastSeqs, ranges: Record<Stream, SeqRange[]>, over: Partial<HelloPage> = {}) =>
      encodeHello(
        {
          rig,
          key: key.id,
          nonce: newId(),
          running: epoch,
          at: startedAt,
          software: "test",
          batchFormats,
          segmentFormats,
          namesAll: true,
          chain: null,
          page: 0,
          pages: 1,
          epochs: [{ epoch, predecessor: options.predecessor ?? null, last, ranges }],
          halves: [],
          ...over,
        },
        key.sign,
      ),
    tags,
    list,
    dictionary: dictionary.hash,
    /** Any frames under any names, signed. */
    batch,
    telemetryFrame,
    eventsFrame,
    /** A batch of the frames `first` to `last`. */
    telemetry: (first: number, last: number, lane: Lane = "live", fields: Partial<BatchFields> = {}) => {
      const frames = Array.from({ length: last - first + 1 }, (_, i) => telemetryFrame(first + i));
      return batch(
        { lane, firstSeq: first, ...fields },
        { stream: "telemetry", frames, representations: list.representations },
      );
    },
    /** A batch of further events frames, one for each list. */
    events: (...lists: (readonly RigEvent[])[]) => {
      const firstSeq = eventSeq + 1;
      eventSeq += lists.length;
      return batch({ lane: "events", firstSeq }, { stream: "events", frames: lists.map(eventsFrame) });
    },
    /** Events seq 1 and what defines the tags: what goes before all telemetry. */
    foundation: (openAlarms: Extract<RigEvent, { type: "epoch" }>["openAlarms"] = []): readonly RigEvent[] => [
      {
        type: "epoch",
        epoch,
        predecessor: options.predecessor ?? null,
        boot: newId(),
        software: "test",
        origin: "simulated",
        startedAt,
        rigName: rig,
        well: null,
        timeZone: "UTC",
        openAlarms,
      },
      ...tags.map((version) => tagEvent(version)),
      dictionary,
    ],
    representations: tags.map((tag) => representationOf(tag.kind)),
  };
}
export type HandRig = ReturnType<typeof handRig>;
