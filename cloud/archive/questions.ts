import type { Coverage as CoverageBody } from "../../shared/domain/api-coverage.ts";
import type { Anomaly } from "../../shared/domain/api-events.ts";
import type { BucketSeries } from "../../shared/domain/api-series.ts";
import { bucketSeries, readingSeries } from "../../shared/domain/columns.ts";
import type { EpochMs, RigId } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { anomalySpans } from "./anomalies.ts";
import { bucketsOf } from "./buckets.ts";
import type { Coverage, EventFilter, EventRow, History, PageOf, ReadingPage } from "./history.ts";

/**
 * Questions whose answers may be long, so that they are asked of a thread of their own (see `cloud/question-thread.ts`). Series come as the JSON
 * text that the API sends, UTF-8: making it takes as long as finding it.
 */
export interface Questions {
  /** A JSON array of bucket series, one a tag in their order; a tag without any reading there has empty buckets. */
  buckets(rig: RigId, tags: readonly TagVersion[], spans: EqualSpans): Promise<Uint8Array>;
  /** A page of readings as a JSON array of reading series. Throws RangeError for what is no cursor of an earlier page. */
  readings(rig: RigId, tags: readonly TagVersion[], from: EpochMs, to: EpochMs, page: PageOf): Promise<SeriesPage>;
  coverage(rig: RigId, from: EpochMs, to: EpochMs, aliveAt: EpochMs | null): Promise<Coverage>;
  /** Spans of a minute or longer in which a tag was read and no value came of it. */
  noGoodValue(rig: RigId, from: EpochMs, to: EpochMs): Promise<CoverageBody["noGoodValue"]>;
  /** Spans in which a model's score stood above its threshold, newest first. */
  anomalies(rig: RigId, from: EpochMs, to: EpochMs): Promise<Anomaly[]>;
  /** Newest first by the rig's time. */
  events(rig: RigId, filter: EventFilter): Promise<{ rows: EventRow[]; next: string | null }>;
}

/** Spans of `step` ms each, the first from `start` on. */
export interface EqualSpans {
  start: EpochMs;
  step: number;
  length: number;
}

export interface SeriesPage {
  series: Uint8Array;
  /** Readings in it. */
  count: number;
  next: string | null;
}

const minuteMs = 60_000;

/** Answers by what a history has, in the thread that asks. */
export function questionsOf(history: History): Questions {
  return {
    async buckets(rig, tags, { start, step, length }) {
      const ids = tags.map(({ id }) => id);
      const found = await history.buckets(rig, ids, start, start + step * length, step);
      const byTag = new Map(found.map((one) => [one.version.id, one]));
      return jsonOf(
        tags.map((tag): BucketSeries => {
          const one = byTag.get(tag.id);
          if (one === undefined) return bucketSeries(tag, bucketsOf(start, step, length));
          const series = bucketSeries(one.version, one.buckets);
          return one.converted ? { ...series, kind: "double", scale: 1, offset: 0 } : series;
        }),
      );
    },
    async readings(rig, tags, from, to, page) {
      const ids = tags.map(({ id }) => id);
      const found = await history.readings(rig, ids, from, to, page);
      const data = found.series.map(({ version, readings }) => readingSeries(version, readings));
      const isWhole = page.cursor === undefined && found.next === null;
      if (isWhole) data.push(...without(tags, found).map((tag) => readingSeries(tag, new Block(1))));
      return { series: jsonOf(data), count: data.reduce((sum, { count }) => sum + count, 0), next: found.next };
    },
    coverage: (rig, from, to, aliveAt) => history.coverage(rig, from, to, aliveAt),
    noGoodValue: (rig, from, to) => noGoodValue(history, rig, from, to),
    anomalies: (rig, from, to) => anomalySpans(history, rig, from, to),
    events: (rig, filter) => history.events(rig, filter),
  };
}

function jsonOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Tags of which the span has no reading: their series are empty, not absent. */
function without(tags: readonly TagVersion[], { series }: ReadingPage): TagVersion[] {
  const found = new Set(series.map(({ version }) => version.id));
  return tags.filter(({ id }) => !found.has(id));
}

async function noGoodValue(
  history: History,
  rig: RigId,
  start: EpochMs,
  end: EpochMs,
): Promise<CoverageBody["noGoodValue"]> {
  const step = Math.max(1, Math.ceil((end - start) / (10_080 * minuteMs))) * minuteMs;
  const from = Math.floor(start / minuteMs) * minuteMs;
  const ids = (await history.tags(rig)).map(({ id }) => id);
  const found = await history.buckets(rig, ids, from, from + Math.ceil((end - from) / step) * step, step);
  return found.flatMap(({ version, buckets }) => {
    const spans: CoverageBody["noGoodValue"] = [];
    for (const [i, count] of buckets.count.entries()) {
      if (count === 0 || count !== buckets.bad[i]) continue;
      const at = buckets.start + i * step;
      const open = spans.at(-1);
      if (open?.to === at) open.to = at + step;
      else spans.push({ tag: version.id, name: version.name, from: at, to: at + step });
    }
    return spans;
  });
}
