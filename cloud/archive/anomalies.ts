import type { Anomaly } from "../../shared/domain/api-events.ts";
import { engineeringValue } from "../../shared/domain/columns.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { type Block, qualityOf } from "../../shared/domain/reading.ts";
import { engineering, type TagVersion } from "../../shared/domain/tag.ts";
import type { History, TagBuckets } from "./history.ts";

type Asked = Pick<History, "tags" | "buckets" | "readings" | "events">;
type Head = Pick<Anomaly, "rig" | "tag" | "name" | "threshold">;

const minuteMs = 60_000;
/** Readings of a page; alarm events that are looked through for what contributed. */
const pageReadings = 50_000;
const mostEvents = 1_000;
/** Events go by the rig's receive time, scores may carry a source's own. */
const clocksApartMs = 10 * minuteMs;

/** Spans in which a model's score stood above its threshold (the tag's high limit), newest first. Spans less than a minute apart are one. */
export async function anomalySpans(history: Asked, rig: RigId, from: number, to: number): Promise<Anomaly[]> {
  const scores = (await history.tags(rig)).filter((tag) => thresholdOf(tag) !== undefined);
  if (scores.length === 0) return [];
  const start = Math.floor(from / minuteMs) * minuteMs;
  const ids = scores.map(({ id }) => id);
  const minutes = await history.buckets(rig, ids, start, Math.ceil(to / minuteMs) * minuteMs, minuteMs);
  const spans: Anomaly[] = [];
  for (const one of minutes) spans.push(...(await spansOf(history, rig, one, from, to)));
  if (spans.length > 0) await tellEvidence(history, rig, spans);
  return spans.sort((a, b) => b.from - a.from);
}

function thresholdOf(tag: TagVersion): number | undefined {
  return tag.unit === "score" ? (tag.limits.h?.at ?? tag.limits.hh?.at) : undefined;
}

async function spansOf(history: Asked, rig: RigId, minutes: TagBuckets, from: number, to: number): Promise<Anomaly[]> {
  const tag = minutes.version;
  const threshold = thresholdOf(tag);
  if (threshold === undefined) return [];
  const spans: Anomaly[] = [];
  for (const [first, last] of suspectMinutes(minutes, threshold)) {
    let cursor: string | undefined;
    do {
      const page = cursor === undefined ? { limit: pageReadings } : { limit: pageReadings, cursor };
      const { series, next } = await history.readings(rig, [tag.id], Math.max(first, from), Math.min(last, to), page);
      for (const { version, readings } of series) {
        collect(spans, { rig, tag: tag.id, name: tag.name, threshold }, version, readings);
      }
      cursor = next ?? undefined;
    } while (cursor !== undefined);
  }
  return spans;
}

function collect(spans: Anomaly[], head: Head, version: TagVersion, readings: Block): void {
  for (let i = 0; i < readings.length; i++) {
    const value = engineeringValue(readings, i, version);
    if (typeof value !== "number" || value <= head.threshold || qualityOf(readings.status[i] ?? 2) === "bad") continue;
    const at = readings.at[i] ?? 0;
    const open = spans.at(-1);
    if (open === undefined || at - open.to >= minuteMs) {
      spans.push({ ...head, from: at, to: at, readings: 1, peak: value, evidence: [] });
      continue;
    }
    open.to = at;
    open.readings++;
    open.peak = Math.max(open.peak, value);
  }
}

/** Runs of minutes whose greatest score is above the threshold: summaries tell which, so that only those are read. */
function suspectMinutes({ version, converted, buckets }: TagBuckets, threshold: number): [number, number][] {
  const runs: [number, number][] = [];
  for (const [i, raw] of buckets.max.entries()) {
    const greatest = converted ? raw : engineering(version.kind, raw);
    if (!(greatest > threshold)) continue;
    const at = buckets.start + i * buckets.step;
    const open = runs.at(-1);
    if (open !== undefined && open[1] === at) open[1] = at + buckets.step;
    else runs.push([at, at + buckets.step]);
  }
  return runs;
}

/** Adds what the rig's alarms said of each span. */
async function tellEvidence(history: Asked, rig: RigId, spans: Anomaly[]): Promise<void> {
  const from = Math.min(...spans.map((span) => span.from)) - clocksApartMs;
  const to = Math.max(...spans.map((span) => span.to)) + minuteMs + clocksApartMs;
  const { rows } = await history.events(rig, { type: "alarm", from, to, limit: mostEvents });
  for (const { event } of rows.reverse()) {
    if (event.type !== "alarm" || event.state.evidence === undefined) continue;
    const { tag, raisedAt, evidence } = event.state;
    const told = spans.find((span) => span.tag === tag && raisedAt >= span.from && raisedAt <= span.to + minuteMs);
    if (told !== undefined && told.evidence.length === 0) told.evidence = evidence;
  }
}
