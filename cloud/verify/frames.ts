import { createHash } from "node:crypto";
import type { EpochMs, Id } from "../../shared/domain/id.ts";
import { type Block, NO_VALUE } from "../../shared/domain/reading.ts";
import { utf8, Writer } from "../../shared/wire/bytes.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";

/** A frame that one side has. */
export interface SideFrame {
  seq: number;
  receivedAt: EpochMs;
  /** When it closed: `receivedAt`, or of an unknown clock the time that it was given; null while nobody knows. */
  closedAt: EpochMs | null;
  mono: number;
  /** First 64 bits of a sha256 over its content: (tag, value bits, time, quality, reason) by tag, or the bytes of its events. */
  digest: string;
  checksum: Checksum;
  /** Within which bound readings were left out, the checksum is its original's; null of a whole one. */
  thinned: number | null;
}

/** One stream of one epoch, as one side has it. */
export interface SideStream {
  epoch: Id;
  stream: Stream;
  /** Greatest seq that this side knows to have been given. */
  last: number;
  /** What is really there; a frame that is stored twice stands here twice. */
  frames: SideFrame[];
}

/** The edge's own: what it no longer owes, and what it deleted or evicted. */
export interface EdgeStream extends SideStream {
  freed: SeqRange[];
  gone: SeqRange[];
  /** What lies there and does not read, which the edge has not come upon yet. */
  damaged: SeqRange[];
}

/** Content of a frame on its way into its digest; readings of one tag in the order in which they came, tags in the order of their ids. */
export interface FrameContent {
  add(tag: Id, readings: Block, i: number, isText: boolean): void;
  digest(): string;
}

export function frameContent(): FrameContent {
  const to = new Writer(1_024);
  return {
    add(tag, readings, i, isText) {
      const status = readings.status[i] ?? 0;
      const hasValue = (status & NO_VALUE) === 0;
      to.id(tag);
      to.f64(readings.at[i] ?? 0);
      to.u8(status);
      to.u32(readings.reason[i] ?? 0);
      if (isText) {
        to.blob(utf8(hasValue ? (readings.texts[readings.value[i] ?? 0] ?? "") : ""));
        return;
      }
      to.u32(hasValue ? (readings.words[2 * i] ?? 0) : 0);
      to.u32(hasValue ? (readings.words[2 * i + 1] ?? 0) : 0);
    },
    digest: () => digestOf(to.view8()),
  };
}

/** First 64 bits of the sha256 of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** One digest over frames in the order of their seqs: the same on both sides exactly if every frame is. */
export function digestOfAll(frames: readonly SideFrame[]): string {
  const hash = createHash("sha256");
  for (const { seq, digest } of frames) hash.update(`${seq} ${digest}\n`);
  return hash.digest("hex");
}
