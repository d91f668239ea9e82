import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { type Coverage, CoverageAnswer, CoverageQuery } from "../../shared/domain/api-coverage.ts";
import { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
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
const minuteMs = 60_000;

export function coverage(app: Api, history: History): void {
  app.openapi(route, async (c) => {
    const rig = c.req.valid("param").rig_id;
    const span = timeSpan(c.req.valid("query"), dayMs);
    const { completeTo, spans, held } = await history.coverage(rig, span.start, span.end, Date.now());
    const data = {
      rig,
      ...span,
      completeTo,
      spans,
      noGoodValue: await noGoodValue(history, rig, span),
      held: held.flatMap(({ epoch, stream, ranges }) =>
        ranges.map(({ first, last, state }) => ({ epoch, stream, first, last, state })),
      ),
      undated: spans.reduce((sum, { kind, frames }) => sum + (kind === "undated" ? (frames ?? 0) : 0), 0),
    };
    return c.json({ success: true as const, data }, 200);
  });
}

/** Spans of a minute or longer in which a tag was read and no value came of it. */
async function noGoodValue(
  history: History,
  rig: RigId,
  { start, end }: { start: number; end: number },
): Promise<Coverage["noGoodValue"]> {
  const step = Math.max(1, Math.ceil((end - start) / (10_080 * minuteMs))) * minuteMs;
  const from = Math.floor(start / minuteMs) * minuteMs;
  const tags = await history.tags(rig);
  const ids = tags.map(({ id }) => id);
  const found = await history.buckets(rig, ids, from, from + Math.ceil((end - from) / step) * step, step);
  return found.flatMap(({ version, buckets }) => {
    const spans: Coverage["noGoodValue"] = [];
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
