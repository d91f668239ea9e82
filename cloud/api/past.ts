import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { Coverage, CoverageSpan, RigEventRow } from "../../shared/domain/api-history.ts";
import type { Buckets } from "../../shared/domain/columns.ts";
import type { EpochRecord, RigEvent } from "../../shared/domain/event.ts";
import type { EpochMs, Id, RigId } from "../../shared/domain/id.ts";
import type { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";

/** What the routes ask of the archive; it only reads. Spans are [from, to). */
export interface Past {
  /** Rigs that something landed of. */
  rigs(): RigId[];
  about(rig: RigId): RigFacts;
  /** The newest version of each tag. */
  tags(rig: RigId): readonly TagVersion[];
  /** The reading that counts as present, of each tag that has one; `tag` points into `tags`. */
  latest(rig: RigId): { tags: readonly TagVersion[]; block: Block };
  /** Readings of one tag by time, at most `limit`; cut where its version changes. */
  readings(rig: RigId, tag: Id, from: EpochMs, to: EpochMs, limit: number): { version: TagVersion; block: Block }[];
  /** Equal spans of one tag from `from` on, as the newest version reads them. */
  buckets(rig: RigId, tag: TagVersion, from: EpochMs, step: number, length: number): Buckets;
  coverage(rig: RigId, from: EpochMs, to: EpochMs): CoverageFacts;
  /** Newest first by receive time at the rig; `next` is where the following page begins, null at the end. */
  events(rig: RigId, query: EventsOf): { rows: RigEventRow[]; next: string | null };
  /** Alarms that are not normal. */
  alarms(rig: RigId): AlarmState[];
  /** What ingest has counted since the archive was made: batches landed, kept aside, quarantined … */
  counters(): Readonly<Record<string, number>>;
}

export interface RigFacts {
  /** Of the epoch that runs, else of the newest that is known; null while none has landed. */
  record: EpochRecord | null;
  /** When something of the rig last landed. */
  seenAt: EpochMs | null;
  completeTo: EpochMs | null;
  /** From receive time at the rig to landing, of the newest live frame. */
  lagMs: number | null;
}

export interface EventsOf {
  type: RigEvent["type"] | undefined;
  from: EpochMs;
  to: EpochMs;
  limit: number;
  /** `next` of the page before. */
  after: string | undefined;
}

export interface CoverageFacts {
  completeTo: EpochMs | null;
  spans: CoverageSpan[];
  held: Coverage["held"];
  undated: number;
}
