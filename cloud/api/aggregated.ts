import { createRoute } from "@hono/zod-openapi";
import { AggregatedAnswer, AggregatedQuery } from "../../shared/domain/api-history.ts";
import { contradiction } from "../../shared/node/http/errors.ts";
import type { History } from "../archive/history.ts";
import type { Questions } from "../archive/questions.ts";
import type { Contacts } from "../live/contacts.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedTags } from "./asked-tags.ts";
import { besides } from "./besides.ts";
import { withSeries } from "./series-answer.ts";
import { timeSpan } from "./time-span.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/sensor-data/aggregated",
  summary: "avg, min, max, last and counts by quality, in buckets of equal length",
  security: bearer,
  request: { query: AggregatedQuery },
  responses: { 200: json(AggregatedAnswer, "one series a tag; an empty bucket is null"), ...refusals },
});

const dayMs = 86_400_000;
/** Buckets of all tags together, so that an answer stays within some tens of megabytes. */
const mostBuckets = 500_000;

export function aggregated(app: Api, history: History, contacts: Contacts, questions: Questions): void {
  app.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const rig = query.rig_id;
    const span = timeSpan(query, dayMs);
    const tags = await askedTags(history, rig, query);
    const step = query.bucket * 1_000;
    const start = Math.floor(span.start / step) * step;
    const length = Math.ceil((span.end - start) / step);
    if (length * tags.length > mostBuckets)
      throw contradiction(
        `that is more than ${mostBuckets} buckets: ask for fewer tags, a shorter time or longer buckets`,
      );
    const series = await questions.buckets(rig, tags, { start, step, length });
    // Behind the buckets: what was found damaged with them is a gap.
    const beside = await besides(history, contacts, rig, span);
    const head = { success: true as const, count: length * tags.length, rig, ...span, ...beside };
    return withSeries<AggregatedAnswer>(c, head, series);
  });
}
