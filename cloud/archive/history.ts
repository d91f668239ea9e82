import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { CoverageSpan } from "../../shared/domain/api-coverage.ts";
import type { EpochRecord, RigEvent } from "../../shared/domain/event.ts";
import type { EpochMs, Id, RigId } from "../../shared/domain/id.ts";
import type { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { HeldRange } from "../../shared/wire/held.ts";
import type { Stream } from "../../shared/wire/names.ts";
import type { Buckets } from "./buckets.ts";
import type { Dictionary } from "./definitions.ts";
import type { StreamCoverage } from "./streams.ts";
import type { UndatedSpan } from "./undated.ts";

/**
 * What the archive can be asked, beside the process that writes it. Every answer is of one moment: what has landed is in it, compacted or not.
 * Times are ms UTC; spans include `from` and not `to`.
 */
export interface History {
  /** All rigs that anything landed of, by name. */
  rigs(): Promise<RigFacts[]>;
  rig(rig: RigId): Promise<RigFacts | null>;
  /** The tags that a rig has now: those of its newest live frame, else the newest version of each that it ever had. */
  tags(rig: RigId): Promise<TagVersion[]>;
  /** What the tag column of landed readings points into; null while it is not known. */
  dictionary(rig: RigId, hash: Id): Promise<Dictionary | null>;
  /** The newest reading of each tag: of the epoch that runs, else of those before it; within one by seq, never by arrival. */
  latest(rig: RigId): Promise<LatestValue[]>;
  /** Readings as they are, tag by tag in the order asked, each by time; at most `limit` together, `next` goes on behind them. */
  readings(rig: RigId, tags: readonly Id[], from: EpochMs, to: EpochMs, page: PageOf): Promise<ReadingPage>;
  /** Equal spans of `step` ms from `from` on. Whole minutes are answered out of summaries. */
  buckets(rig: RigId, tags: readonly Id[], from: EpochMs, to: EpochMs, step: number): Promise<TagBuckets[]>;
  /** `aliveAt`: until when the rig is known to report; null where it is silent. */
  coverage(rig: RigId, from: EpochMs, to: EpochMs, aliveAt: EpochMs | null): Promise<Coverage>;
  /** Newest first by the rig's time; `before` is a cursor of an earlier page. */
  events(rig: RigId, filter: EventFilter): Promise<{ rows: EventRow[]; next: string | null }>;
  /** Alarms that are not normal, of the epoch that runs. */
  alarms(rig: RigId): Promise<{ state: AlarmState; epoch: Id }[]>;
  /** Counted since the archive was made: batches, readings, what was kept aside, quarantined, dropped. */
  counters(): Promise<Record<string, number>>;
  /** Batches that wait for compaction, frames that were damaged and are not here again, bytes of the file. */
  facts(): Promise<{ incarnation: Id; waiting: number; damaged: number; bytes: number }>;
  close(): void;
}

export interface RigFacts {
  rig: RigId;
  /** The epoch that runs under the newest answer; null while none was proved. */
  running: Id | null;
  /** Its record; null while that has not landed. */
  record: EpochRecord | null;
  /** When something of the rig last landed, by our clock; null for never. */
  landedAt: EpochMs | null;
  /** When the rig accepted its newest live frame, by its clock. */
  liveAt: EpochMs | null;
}

export interface LatestValue {
  version: TagVersion;
  epoch: Id;
  seq: number;
  /** One reading. */
  reading: Block;
}

export interface PageOf {
  limit: number;
  /** `next` of the page before. */
  cursor?: string;
}

export interface ReadingPage {
  series: TagReadings[];
  next: string | null;
}

/** Readings of one tag under one version, oldest first by their own time; equal times as they came. */
export interface TagReadings {
  version: TagVersion;
  readings: Block;
}

/** Buckets of one tag. Values are as read under `version`; where more than one version lies in the span they are engineering values (`converted`). */
export interface TagBuckets {
  version: TagVersion;
  converted: boolean;
  buckets: Buckets;
}

export interface Coverage {
  /** Everything up to here is stored or accounted for; null while nothing is. */
  completeTo: EpochMs | null;
  spans: CoverageSpan[];
  streams: StreamCoverage[];
  /** Frames that are held and have no time, whenever they were made. */
  undated: UndatedSpan[];
  held: { epoch: Id; stream: Stream; known: number; ranges: HeldRange[] }[];
}

export interface EventFilter {
  type?: RigEvent["type"];
  from?: EpochMs;
  to?: EpochMs;
  limit: number;
  before?: string;
}

export interface EventRow {
  epoch: Id;
  seq: number;
  at: EpochMs;
  landedAt: EpochMs;
  event: RigEvent;
}
