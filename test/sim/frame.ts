import { type ClockAnchor, datingBy, shiftOf } from "../../shared/domain/dating.ts";
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
  /** Telemetry: when it was made by the rig's clock, where that was not known to be right. The true time of a frame is its content. */
  undated?: number;
  /** An epoch's record: the boot that it ran in. */
  boot?: number;
  /** Events that tell what time it truly was in a boot. */
  dates?: { boot: number; anchor: ClockAnchor };
  /** Only a cloud of a later version can read it. */
  odd: boolean;
  /** Readings were left out to make room, within this bound: content and checksum are still its original's. */
  thinned?: number;
  /** The value that stands still is among what was left out. */
  bare?: boolean;
  /** Worked out at the first look. */
  sum?: Checksum;
}

export function nameOf(frame: Pick<Frame, "epoch" | "stream" | "seq">): string {
  return `${frame.epoch}/${frame.stream}/${frame.seq}`;
}

/** Whether somebody has a frame as another has it: with all that the other still has of it. */
export function hasAll(one: Frame, other: Frame): boolean {
  return one.content === other.content && (one.thinned === undefined || other.thinned !== undefined);
}

/** What is known of the true times of boots. */
export type Anchors = ReadonlyMap<number, readonly ClockAnchor[]>;

/** The same, with what an event tells. */
export function withAnchor(known: Anchors, { boot, anchor }: { boot: number; anchor: ClockAnchor }): Anchors {
  return new Map(known).set(boot, [...(known.get(boot) ?? []), anchor]);
}

/** When a frame of this boot was made, as far as can be told: by its own clock, or dated afterwards. */
export function placeOf({ content, undated }: Frame, boot: number | undefined, known: Anchors): number {
  if (undated === undefined) return content;
  const time = { receivedAt: undated, mono: content };
  const anchors = boot === undefined ? [] : (known.get(boot) ?? []);
  const shift = shiftOf(time, datingBy(anchors)(time.mono));
  return Number.isNaN(shift) ? undated : undated + shift;
}

/** The dictionary of every frame of telemetry: a tag that always changes, and one that never does. */
export const tags: TagList = {
  ids: Uint32Array.of(0x5161, 0x0001, 0x5162, 0x0002),
  representations: ["double", "double"],
};

/** What a frame of telemetry holds: its content, and beside it a value that stands still, unless that was left out. */
export function readingsOf(
  { content, odd, bare }: Omit<Frame, "epoch" | "stream" | "seq">,
  into = new Block(2),
): Block {
  into.clear();
  into.length = bare === true ? 1 : 2;
  for (let i = 0; i < into.length; i++) {
    into.tag[i] = i;
    into.at[i] = content;
    into.value[i] = i === 0 ? content : 7;
    into.status[i] = 0;
    into.reason[i] = odd ? 1 : 0;
  }
  return into;
}

/** What a frame of events holds, as bytes. */
export function eventsOf({ content, foundation, defines, gap, alarm, report, boot, dates, odd }: Frame): Uint8Array {
  return utf8(JSON.stringify({ content, foundation, defines, gap, alarm, report, boot, dates, odd }));
}

const scratch = new Block(2);

/** The checksum that rig and cloud work out of a frame; it follows from what was in it, not from its name. */
export function checksumOf(frame: Frame): Checksum {
  frame.sum ??=
    frame.stream === "events"
      ? hashBytes(eventsOf(frame))
      : checksumOfReadings(readingsOf({ ...frame, bare: false }, scratch), tags);
  return frame.sum;
}
