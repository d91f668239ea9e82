import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { type Coverage, CoverageAnswer, CoverageQuery } from "../../shared/domain/api-history.ts";
import { RigId } from "../../shared/domain/id.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { bucketsFor } from "./historical.ts";
import type { Past } from "./past.ts";
import { timeSpan } from "./time-span.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/rigs/{rig_id}/coverage",
  summary: "Is it all here? Complete to when, what is missing and why, what is under way",
  security: bearer,
  request: { params: z.object({ rig_id: RigId }), query: CoverageQuery },
  responses: { 200: json(CoverageAnswer, "what is known of the span"), ...refusals },
});

const dayMs = 86_400_000;

export function coverage(app: Api, past: Past): void {
  app.openapi(route, (c) => {
    const rig = c.req.valid("param").rig_id;
    const span = timeSpan(c.req.valid("query"), dayMs);
    const facts = past.coverage(rig, span.start, span.end);
    const data = { rig, ...span, ...facts, noGoodValue: noGoodValue(past, rig, span) };
    return c.json({ success: true as const, data }, 200);
  });
}

/** Spans of a minute or longer in which a tag was read and nothing came of it. */
function noGoodValue(past: Past, rig: string, span: { start: number; end: number }): Coverage["noGoodValue"] {
  const minutes = Math.max(2, Math.min(10_080, Math.ceil((span.end - span.start) / 60_000)));
  const { start, step, length } = bucketsFor(span, minutes);
  return past.tags(rig).flatMap((tag) => {
    const { count, bad } = past.buckets(rig, tag, start, step, length);
    const spans: Coverage["noGoodValue"] = [];
    for (let i = 0; i < length; i++) {
      if (count[i] === 0 || count[i] !== bad[i]) continue;
      const [from, to] = [start + i * step, start + (i + 1) * step];
      const open = spans.at(-1);
      if (open?.to === from) open.to = to;
      else spans.push({ tag: tag.id, name: tag.name, from, to });
    }
    return spans;
  });
}
