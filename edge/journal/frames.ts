import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { EpochRecord, RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import type { DictionaryFacts, SenderFacts } from "../../shared/wire/sender-facts.ts";
import type { DiskRoom } from "./disk-room.ts";

/** A tick's readings as `encodeFrame` makes them; not yet named. */
export interface NewTelemetry extends FrameTime {
  stream: "telemetry";
  dictionary: Id;
  /** Readings in it. */
  count: number;
  body: Uint8Array;
}

/** Events that close a frame at once. Alarm, tag and dictionary events also change the journal's own tables in the same transaction. */
export interface NewEvents extends FrameTime {
  stream: "events";
  events: readonly RigEvent[];
}

export type NewFrame = NewTelemetry | NewEvents;

/** Bytes that a frame takes, in RAM and on the disk, about. */
export function sizeOf(frame: NewFrame): number {
  return frame.stream === "events" ? JSON.stringify(frame.events).length : frame.body.length;
}

/** Consecutive frames of one stream of one epoch that the disk no longer has. */
export interface GoneRange {
  epoch: Id;
  stream: Stream;
  range: SeqRange;
  /** Their checksums, two numbers a frame, if they were owed; null where they were history. */
  sums: Uint32Array | null;
}

/** Consecutive frames of telemetry of which readings were left out. */
export interface ThinnedRange {
  epoch: Id;
  range: SeqRange;
}

/** A frame that is committed and has its name. */
export interface Stored extends FrameTime {
  epoch: Id;
  stream: Stream;
  seq: number;
  /** Of telemetry; null for events. */
  dictionary: Id | null;
  /** Events that hold an epoch's record, a tag version or a dictionary. */
  foundation: boolean;
  count: number;
  /** Of the encoded body. */
  bytes: number;
}

/** What one commit changed. */
export interface Committed {
  stored: Stored[];
  /** Dictionaries that it made known. */
  dictionaries: DictionaryFacts[];
  /** What the budget asked for. */
  gone: GoneRange[];
  thinned: ThinnedRange[];
}

/** What an epoch's record says besides what only the journal knows. */
export type RunRecord = Omit<EpochRecord, "type" | "predecessor" | "openAlarms" | "movedFrom">;

/** What the disk told at the start. This run's epoch is in `facts` and not yet on the disk. */
export interface Opening {
  facts: SenderFacts;
  /** Hashes of the tag versions and dictionaries that are told by events on this disk. */
  defined: Id[];
  openAlarms: AlarmState[];
  /** The newest version of every tag that was ever told. */
  tags: TagVersion[];
  /** The dictionary of the newest telemetry, with the hashes of its tag versions; null where there was none. */
  dictionary: { hash: Id; tags: Id[] } | null;
  /** When the newest frame of the last run closed that lies here as it came, and in which boot; null where none does. */
  last: { boot: Id; time: FrameTime } | null;
}

/** Of a journal that holds nothing, or of which nothing is known, in which this epoch runs. */
export function emptyOpening(epoch: Id): Opening {
  const none = {
    last: { telemetry: 0, events: 0 },
    kept: { telemetry: [], events: [] },
    thinned: [],
    told: null,
    moved: false,
  };
  return {
    facts: {
      running: epoch,
      epochs: [{ epoch, predecessor: "unknown", ...none }],
      owed: [],
      dictionaries: [],
      note: null,
    },
    defined: [],
    openAlarms: [],
    tags: [],
    dictionary: null,
    last: null,
  };
}

/** How full the journal is. */
export interface DiskFacts {
  budgetBytes: number;
  /** Pages in use; freed pages are used again and don't count. */
  usedBytes: number;
  fileBytes: number;
  /** Of the file system; null where it does not say. */
  room: DiskRoom | null;
}
