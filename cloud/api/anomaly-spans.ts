import type { Anomaly } from "../../shared/domain/api-history.ts";
import { engineeringValue } from "../../shared/domain/columns.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { qualityOf } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Past } from "./past.ts";

const minuteMs = 60_000;

/** Spans in which a model's score stood above its threshold (the tag's high limit), newest first. Spans less than a minute apart are one. */
export function anomalySpans(past: Past, rig: RigId, from: number, to: number): Anomaly[] {
  return past
    .tags(rig)
    .flatMap((tag) => spansOf(past, rig, tag, from, to))
    .sort((a, b) => b.from - a.from);
}

export function thresholdOf(tag: TagVersion): number | undefined {
  return tag.unit === "score" ? (tag.limits.h?.at ?? tag.limits.hh?.at) : undefined;
}

function spansOf(past: Past, rig: RigId, tag: TagVersion, from: number, to: number): Anomaly[] {
  const threshold = thresholdOf(tag);
  if (threshold === undefined) return [];
  const spans: Anomaly[] = [];
  for (const [start, end] of suspectMinutes(past, rig, tag, threshold, from, to)) {
    for (const { version, block } of past.readings(rig, tag.id, start, end, Number.MAX_SAFE_INTEGER)) {
      for (let i = 0; i < block.length; i++) {
        const value = engineeringValue(block, i, version);
        if (typeof value !== "number" || value <= threshold || qualityOf(block.status[i] ?? 2) === "bad") continue;
        add(spans, { rig, tag: tag.id, name: tag.name, threshold }, block.at[i] ?? 0, value);
      }
    }
  }
  const told = evidence(past, rig, tag, from, to);
  return spans.map((span) => ({ ...span, evidence: told(span.from, span.to) }));
}

function add(spans: Anomaly[], head: Pick<Anomaly, "rig" | "tag" | "name" | "threshold">, at: number, value: number) {
  const open = spans.at(-1);
  if (open === undefined || at - open.to >= minuteMs) {
    spans.push({ ...head, from: at, to: at, readings: 1, peak: value, evidence: [] });
    return;
  }
  open.to = at;
  open.readings++;
  open.peak = Math.max(open.peak, value);
}

/** Runs of minutes whose greatest score is above the threshold: summaries tell which, so that only those are read. */
function suspectMinutes(past: Past, rig: RigId, tag: TagVersion, threshold: number, from: number, to: number) {
  const start = Math.floor(from / minuteMs) * minuteMs;
  const { max } = past.buckets(rig, tag, start, minuteMs, Math.ceil((to - start) / minuteMs));
  const scale = "scale" in tag.kind ? tag.kind.scale : 1;
  const offset = "offset" in tag.kind ? tag.kind.offset : 0;
  const runs: [number, number][] = [];
  for (const [i, raw] of max.entries()) {
    if (!(raw * scale + offset > threshold)) continue;
    const [at, open] = [start + i * minuteMs, runs.at(-1)];
    if (open !== undefined && open[1] === at) open[1] = at + minuteMs;
    else runs.push([at, at + minuteMs]);
  }
  return runs.map(([first, last]) => [Math.max(first, from), Math.min(last, to)] as const);
}

/** What the rig's alarms said of a score, by time. */
function evidence(past: Past, rig: RigId, tag: TagVersion, from: number, to: number) {
  const { rows } = past.events(rig, { type: "alarm", from, to: to + minuteMs, limit: 10_000, after: undefined });
  const states = rows.flatMap(({ event }) =>
    event.type === "alarm" && event.state.tag === tag.id && event.state.evidence !== undefined ? event.state : [],
  );
  return (first: number, last: number): Anomaly["evidence"] =>
    states.find(({ raisedAt }) => raisedAt >= first && raisedAt <= last + minuteMs)?.evidence ?? [];
}
