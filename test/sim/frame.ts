import type { Id } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import { utf8 } from "../../shared/wire/bytes.ts";
import { checksumOf as checksumOfReadings, hashBytes, type TagList } from "../../shared/wire/checksum.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";
import type { RequestReport } from "../../shared/wire/sender-io.ts";

/** A frame as the simulation has it: what is in it is a number that no other frame has, so that it tells its own truth. */
export interface Frame {
  epoch: Id;
  stream: Stream;
  seq: number;
  /** Later frames have greater ones: what a span is asked for by. */
  content: number;
  dictionary: Id | null;
  foundation: boolean;
  /** Events that define a dictionary. */
  defines?: Id;
  /** Events that tell of evicted frames. */
  gap?: { epoch: Id; stream: Stream; range: SeqRange };
  /** The state of the one alarm after this event; it only counts up. */
  alarm?: number;
  /** Events that tell how far a request is. */
  report?: RequestReport;
  /** Only a cloud of a later version can read it. */
  odd: boolean;
  /** Worked out at the first look. */
  sum?: Checksum;
}

export function nameOf(frame: Pick<Frame, "epoch" | "stream" | "seq">): string {
  return `${frame.epoch}/${frame.stream}/${frame.seq}`;
}

/** The dictionary of every frame of telemetry: one tag. */
export const tags: TagList = { ids: Uint32Array.of(0x5161, 0x0001), representations: ["double"] };

/** What a frame of telemetry holds: one reading, of its content. */
export function readingsOf({ content, odd }: Frame, into = new Block(1)): Block {
  into.clear();
  into.length = 1;
  into.tag[0] = 0;
  into.at[0] = content;
  into.value[0] = content;
  into.status[0] = 0;
  into.reason[0] = odd ? 1 : 0;
  return into;
}

/** What a frame of events holds, as bytes. */
export function eventsOf({ content, foundation, defines, gap, alarm, report, odd }: Frame): Uint8Array {
  return utf8(JSON.stringify({ content, foundation, defines, gap, alarm, report, odd }));
}

const scratch = new Block(1);

/** The checksum that rig and cloud work out of a frame; it follows from what is in it, not from its name. */
export function checksumOf(frame: Frame): Checksum {
  frame.sum ??=
    frame.stream === "events" ? hashBytes(eventsOf(frame)) : checksumOfReadings(readingsOf(frame, scratch), tags);
  return frame.sum;
}
