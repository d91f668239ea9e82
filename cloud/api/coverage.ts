import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { CoverageAnswer, CoverageQuery } from "../../shared/domain/api-coverage.ts";
import { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import type { Questions } from "../archive/questions.ts";
import type { StreamCoverage } from "../archive/streams.ts";
import type { BackfillRates } from "../live/backfill-rates.ts";
import type { Contacts } from "../live/contacts.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { coverageNow } from "./coverage-now.ts";
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

export function coverage(
  app: Api,
  history: Pick<History, "rig" | "coverage">,
  contacts: Contacts,
  questions: Pick<Questions, "noGoodValue">,
  rates: Pick<BackfillRates, "of">,
): void {
  app.openapi(route, async (c) => {
    const rig = c.req.valid("param").rig_id;
    const span = timeSpan(c.req.valid("query"), dayMs);
    const { completeTo, spans, streams, held, undated } = await coverageNow(history, contacts, rig, span);
    const data = {
      rig,
      ...span,
      completeTo,
      spans,
      streams: streams.map((each) => ({ ...each, arrivesAt: arrivesAt(each, rates.of(rig, Date.now())) })),
      noGoodValue: await questions.noGoodValue(rig, span.start, span.end),
      held: held.flatMap(({ epoch, stream, ranges }) =>
        ranges.map(({ first, last, state }) => ({ epoch, stream, first, last, state })),
      ),
      lostBeyond: contacts.of(rig, null, Date.now()).lostBeyond,
      undated: undated.reduce((sum, { frames }) => sum + frames, 0),
      undatedSpans: undated,
    };
    return c.json({ success: true as const, data }, 200);
  });
}

/** Events go before all else and are soon here or not at all: only of telemetry a time can be told. */
function arrivesAt({ stream, underWay }: StreamCoverage, framesPerS: number | null): number | null {
  if (stream !== "telemetry" || underWay === 0 || framesPerS === null || framesPerS <= 0) return null;
  return Math.round(Date.now() + (underWay * 1_000) / framesPerS);
}
