import { createRoute } from "@hono/zod-openapi";
import { HistoricalAnswer, HistoricalQuery } from "../../shared/domain/api-history.ts";
import { stepOf } from "../archive/bucket-query.ts";
import type { History } from "../archive/history.ts";
import type { Questions, SeriesPage } from "../archive/questions.ts";
import type { Contacts } from "../live/contacts.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedTags } from "./asked-tags.ts";
import { besides } from "./besides.ts";
import { notACursor } from "./page.ts";
import { withSeries } from "./series-answer.ts";
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

export function historical(app: Api, history: History, contacts: Contacts, questions: Questions): void {
  app.openapi(route, async (c) => {
    const { rig_id: rig, points, limit, cursor, ...asked } = c.req.valid("query");
    const span = timeSpan(asked, dayMs);
    const tags = await askedTags(history, rig, asked);
    // Behind the readings: what was found damaged with them is a gap.
    const head = async () => ({
      success: true as const,
      rig,
      ...span,
      ...(await besides(history, contacts, rig, span)),
    });
    if (points !== undefined) {
      const spans = stepOf(span.start, span.end, points);
      const series = await questions.buckets(rig, tags, spans);
      const count = spans.length * tags.length;
      return withSeries<HistoricalAnswer>(c, { ...(await head()), count, next: null }, series);
    }
    const page = cursor === undefined ? { limit } : { limit, cursor };
    const { series, count, next } = await asPage(questions.readings(rig, tags, span.start, span.end, page));
    return withSeries<HistoricalAnswer>(c, { ...(await head()), count, next }, series);
  });
}

async function asPage(asked: Promise<SeriesPage>): Promise<SeriesPage> {
  try {
    return await asked;
  } catch (error) {
    // Of what was asked only a cursor can be out of range.
    if (error instanceof RangeError) throw notACursor();
    throw error;
  }
}
