import { createRoute } from "@hono/zod-openapi";
import { HistoricalAnswer, HistoricalQuery } from "../../shared/domain/api-history.ts";
import { readingSeries } from "../../shared/domain/columns.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { stepOf } from "../archive/bucket-query.ts";
import type { History, PageOf, ReadingPage } from "../archive/history.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedTags } from "./asked-tags.ts";
import { bucketsOfTags } from "./buckets-of-tags.ts";
import { gapsOf } from "./gaps.ts";
import { notACursor } from "./page.ts";
import { timeSpan } from "./time-span.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/sensor-data/historical",
  summary: "Readings by tag and time as columns; at most `points` buckets a tag where asked",
  security: bearer,
  request: { query: HistoricalQuery },
  responses: { 200: json(HistoricalAnswer, "one series a tag, oldest reading first"), ...refusals },
});

const dayMs = 86_400_000;

export function historical(app: Api, history: History): void {
  app.openapi(route, async (c) => {
    const { rig_id: rig, points, limit, cursor, ...asked } = c.req.valid("query");
    const span = timeSpan(asked, dayMs);
    const tags = await askedTags(history, rig, asked);
    const head = { success: true as const, rig, ...span, gaps: await gapsOf(history, rig, span) };
    if (points !== undefined) {
      const data = await bucketsOfTags(history, rig, tags, stepOf(span.start, span.end, points));
      return c.json({ ...head, count: data.reduce((sum, { count }) => sum + count.length, 0), data, next: null }, 200);
    }
    const page = await pageOf(history, rig, tags, span, cursor === undefined ? { limit } : { limit, cursor });
    const data = page.series.map(({ version, readings }) => readingSeries(version, readings));
    const isWhole = cursor === undefined && page.next === null;
    if (isWhole) data.push(...without(tags, page).map((tag) => readingSeries(tag, new Block(1))));
    return c.json({ ...head, count: data.reduce((sum, { count }) => sum + count, 0), data, next: page.next }, 200);
  });
}

/** Tags of which the span has no reading: their series are empty, not absent. */
function without(tags: readonly TagVersion[], { series }: ReadingPage): TagVersion[] {
  const found = new Set(series.map(({ version }) => version.id));
  return tags.filter(({ id }) => !found.has(id));
}

async function pageOf(
  history: History,
  rig: RigId,
  tags: readonly TagVersion[],
  { start, end }: { start: number; end: number },
  page: PageOf,
): Promise<ReadingPage> {
  const ids = tags.map(({ id }) => id);
  try {
    return await history.readings(rig, ids, start, end, page);
  } catch (error) {
    if (error instanceof RangeError && page.cursor !== undefined) throw notACursor();
    throw error;
  }
}
