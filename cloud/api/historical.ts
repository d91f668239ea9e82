import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { HistoricalAnswer, HistoricalQuery, type ReadingSeries } from "../../shared/domain/api-history.ts";
import { bucketSeries, readingSeries } from "../../shared/domain/columns.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedTags } from "./asked-tags.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import { gapsOf } from "./gaps.ts";
import type { Past } from "./past.ts";
import { timeSpan } from "./time-span.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/sensor-data/historical",
  summary: "Readings by tag and time as columns; about `points` buckets a tag where asked",
  security: bearer,
  request: { query: HistoricalQuery },
  responses: { 200: json(HistoricalAnswer, "one series a tag, oldest reading first"), ...refusals },
});

const dayMs = 86_400_000;

export function historical(app: Api, past: Past): void {
  app.openapi(route, (c) => {
    const query = c.req.valid("query");
    const rig = query.rig_id;
    const span = timeSpan(query, dayMs);
    const tags = askedTags(past, rig, query);
    const gaps = gapsOf(past, rig, span);
    const head = { success: true as const, rig, ...span, gaps };
    if (query.points !== undefined) {
      const { start, step, length } = bucketsFor(span, query.points);
      const data = tags.map((tag) => bucketSeries(tag, past.buckets(rig, tag, start, step, length)));
      return c.json({ ...head, count: data.reduce((sum, { count }) => sum + count.length, 0), data, next: null }, 200);
    }
    const { data, next } = page(past, rig, tags, span, query.limit, query.cursor);
    return c.json({ ...head, count: data.reduce((sum, { count }) => sum + count, 0), data, next }, 200);
  });
}

/** Steps so that at most about `points` come; from a minute on whole minutes, which the archive has summed up already. */
export function bucketsFor(span: { start: number; end: number }, points: number) {
  const minute = 60_000;
  const least = Math.max(1, Math.ceil((span.end - span.start) / points));
  const step = least < minute ? least : Math.ceil(least / minute) * minute;
  const start = step < minute ? span.start : Math.floor(span.start / minute) * minute;
  return { start, step, length: Math.ceil((span.end - start) / step) };
}

/** [position in the list of tags, time, readings of that time that were given already] */
const Place = z.tuple([z.number().int().nonnegative(), z.number().int(), z.number().int().nonnegative()]);

/** Tag after tag, each by time: a page ends where `limit` readings are in it. */
function page(
  past: Past,
  rig: string,
  tags: readonly TagVersion[],
  span: { start: number; end: number },
  limit: number,
  cursor: string | undefined,
): { data: ReadingSeries[]; next: string | null } {
  const [first, at, given] = placeOf(Place, cursor) ?? [0, span.start, 0];
  const data: ReadingSeries[] = [];
  let left = limit;
  for (let t = first; t < tags.length; t++) {
    const tag = tags[t];
    if (tag === undefined) break;
    const [from, skip] = t === first ? [at, given] : [span.start, 0];
    const parts = past.readings(rig, tag.id, from, span.end, left + skip + 1);
    const taken = take(parts, skip, left);
    data.push(...taken.series);
    if (parts.length === 0) data.push(empty(tag));
    left -= taken.count;
    if (taken.more !== null) {
      // Readings of the page's last moment that this page gives, so that the next one leaves them out.
      const before = taken.more.at === from ? skip : 0;
      return { data, next: cursorOf([t, taken.more.at, before + taken.more.same]) };
    }
  }
  return { data, next: null };
}

type Parts = ReturnType<Past["readings"]>;

function take(parts: Parts, skip: number, limit: number) {
  const series: ReadingSeries[] = [];
  let [passed, count, lastAt, same] = [0, 0, Number.NaN, 0];
  for (const { version, block } of parts) {
    const from = Math.min(block.length, Math.max(0, skip - passed));
    const to = Math.min(block.length, from + limit - count);
    passed += block.length;
    if (to > from) series.push(readingSeries(version, block, from, to));
    for (let i = from; i < to; i++) {
      const at = block.at[i] ?? 0;
      same = at === lastAt ? same + 1 : 1;
      lastAt = at;
    }
    count += to - from;
    if (to < block.length) {
      const at = block.at[to] ?? 0;
      return { series, count, more: { at, same: at === lastAt ? same : 0 } };
    }
  }
  return { series, count, more: null };
}

function empty(tag: TagVersion): ReadingSeries {
  return readingSeries(tag, new Block(1));
}
