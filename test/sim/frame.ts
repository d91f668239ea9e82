import type { Id } from "../../shared/domain/id.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";

/** A frame as the simulation has it: what is in it is a number that no other frame has, so that it tells its own truth. */
export interface Frame {
  epoch: Id;
  stream: Stream;
  seq: number;
  content: number;
  dictionary: Id | null;
  foundation: boolean;
  /** Events that define a dictionary. */
  defines?: Id;
  /** Events that tell of evicted frames. */
  gap?: { epoch: Id; stream: Stream; range: SeqRange };
  /** The state of the one alarm after this event; it only counts up. */
  alarm?: number;
  /** Only a cloud of a later version can read it. */
  odd: boolean;
}

export function nameOf(frame: Pick<Frame, "epoch" | "stream" | "seq">): string {
  return `${frame.epoch}/${frame.stream}/${frame.seq}`;
}

export function checksumOf(frame: Frame): Checksum {
  return { a: Math.imul(frame.content + 1, 0x9e3779b1) >>> 0, b: Math.imul(frame.content + 7, 0x85ebca6b) >>> 0 };
}
