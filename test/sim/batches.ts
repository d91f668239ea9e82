import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Id } from "../../shared/domain/id.ts";
import { type BatchHeader, decodeBatchHeader, verifyBatch } from "../../shared/wire/batch.ts";
import { decodeBatch, type EventsBatch, frameChecksums, type TelemetryBatch } from "../../shared/wire/batch-decode.ts";
import { encodeBatch, type Frames } from "../../shared/wire/batch-encode.ts";
import { textOf } from "../../shared/wire/bytes.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import { checksumOf, eventsOf, type Frame, readingsOf, tags } from "./frame.ts";
import { isOf, readable, signerOf } from "./seal.ts";

/** A batch on its way: as the values that it stands for, or as the bytes that travel. */
export type BatchMessage =
  | { kind: "batch"; header: BatchHeader; frames: Frame[]; signedBy: Id }
  | { kind: "sealed"; bytes: Uint8Array };

/** A batch of which the signature is right. */
export interface OpenBatch {
  header: BatchHeader;
  signedBy: Id;
  /** Its frames and their checksums, two words a frame. */
  read(): { frames: readonly Frame[]; sums: Uint32Array };
}

/** The batch as bytes. */
export function sealed({ header, frames, signedBy }: Extract<BatchMessage, { kind: "batch" }>): BatchMessage {
  const { format: _, count, ...fields } = header;
  const options = {
    compress: (bytes: Uint8Array) => zstdCompressSync(bytes),
    sign: signerOf(signedBy),
  };
  const { bytes, taken } = encodeBatch(fields, framesFor(header, frames), options);
  if (taken !== count) throw new Error(`of ${count} frames ${taken} went into a batch`);
  return { kind: "sealed", bytes };
}

/** When the first content was made, ms UTC. */
const origin = 1_700_000_000_000;

function framesFor({ stream, thinned }: BatchHeader, frames: readonly Frame[]): Frames {
  const headOf = (frame: Frame) => ({
    receivedAt: origin + 1_000 * (frame.undated ?? frame.content),
    mono: 1_000 * frame.content,
    clock: frame.undated === undefined ? ("synchronised" as const) : ("unknown" as const),
    checksum: checksumOf(frame),
  });
  if (stream === "events") {
    const events = frames.map(
      (each) => ({ ...headOf(each), dictionary: null, thinned: null, json: eventsOf(each) }) as const,
    );
    return { stream, frames: events };
  }
  const telemetry = frames.map((each) => {
    const dictionary = each.dictionary ?? "";
    return { ...headOf(each), dictionary, thinned, readings: readingsOf(each) };
  });
  return { stream, frames: telemetry, representations: tags.representations };
}

/** What arrived, if its signature is that of the key that it names; null otherwise. */
export function openedBatch(message: BatchMessage): OpenBatch | null {
  if (message.kind === "batch") {
    const { header, frames, signedBy } = message;
    const sums = () => Uint32Array.from(frames.flatMap((each) => [checksumOf(each).a, checksumOf(each).b]));
    return { header, signedBy, read: () => ({ frames, sums: sums() }) };
  }
  const { bytes } = message;
  const header = readable(() => decodeBatchHeader(bytes).header);
  if (header === null) return null;
  if (!verifyBatch(bytes, (signed, signature) => isOf(header.key, signed, signature))) return null;
  return { header, signedBy: header.key, read: () => framesIn(bytes, header) };
}

function framesIn(bytes: Uint8Array, header: BatchHeader): { frames: Frame[]; sums: Uint32Array } {
  if (header.count === 0) return { frames: [], sums: new Uint32Array() };
  const batch = decodeBatch(bytes, header.stream === "events" ? 0 : tags.representations.length, (packed, maxBytes) =>
    zstdDecompressSync(packed, { maxOutputLength: maxBytes }),
  );
  const contents = batch.stream === "events" ? eventsIn(batch) : readingsIn(batch);
  const { epoch, stream, dictionary, firstSeq } = header;
  const thinned = header.thinned === null ? {} : { thinned: header.thinned };
  const frames = contents.map((content, i) => ({
    ...content,
    ...thinned,
    epoch,
    stream,
    dictionary,
    seq: firstSeq + i,
  }));
  return { frames, sums: frameChecksums(batch, tags) };
}

type Content = Omit<Frame, "epoch" | "stream" | "seq" | "dictionary">;

function eventsIn({ json }: EventsBatch): Content[] {
  return json.map((each): Content => JSON.parse(textOf(each, "events")));
}

function readingsIn({ columns, times }: TelemetryBatch): Content[] {
  const { readings, frame } = columns;
  const contents: Content[] = [];
  for (let i = 0; i < readings.length; i++)
    if (readings.tag[i] === 0) {
      const [content, odd] = [readings.value[i] ?? 0, readings.reason[i] === 1];
      const { clock, receivedAt } = frameTimeAt(times, frame[i] ?? 0);
      const undated = clock === "unknown" ? { undated: (receivedAt - origin) / 1_000 } : {};
      contents[frame[i] ?? 0] = { content, ...undated, odd, foundation: false, bare: true };
    }
  for (let i = 0; i < readings.length; i++) if (readings.tag[i] === 1) delete contents[frame[i] ?? 0]?.bare;
  return contents;
}
