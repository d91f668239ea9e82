import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { Done, ErrorBody } from "../../shared/domain/api.ts";
import {
  longestSpanMs,
  RequestAnswer,
  RequestBody,
  RequestsAnswer,
  type RigRequest,
} from "../../shared/domain/api-requests.ts";
import { Id, RigId } from "../../shared/domain/id.ts";
import { contradiction, HttpError, notFound } from "../../shared/node/http/errors.ts";
import type { Log } from "../../shared/node/log.ts";
import type { History } from "../archive/history.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { KeptRequest, Wanted } from "../fleet/requests.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedTags } from "./asked-tags.ts";
import { whoOf } from "./guard.ts";

const path = "/api/v1/rigs/{rig_id}/requests";
const ofRig = z.object({ rig_id: RigId });

const ask = createRoute({
  method: "post",
  path,
  summary: "Ask a rig for a span before all other backfill, or for tags with every tick",
  security: bearer,
  request: { params: ofRig, body: { required: true, content: { "application/json": { schema: RequestBody } } } },
  responses: {
    200: json(RequestAnswer, "noted; the rig is told as soon as it is connected"),
    409: json(ErrorBody, "so much is asked of it already"),
    ...refusals,
  },
});

const list = createRoute({
  method: "get",
  path,
  summary: "What a rig was asked for and how far it is, newest first",
  security: bearer,
  request: { params: ofRig },
  responses: { 200: json(RequestsAnswer, "the last 50"), ...refusals },
});

const withdraw = createRoute({
  method: "delete",
  path: `${path}/{request_id}`,
  summary: "Ask for it no more; what is under way still comes",
  security: bearer,
  request: { params: ofRig.extend({ request_id: Id }) },
  responses: { 200: json(Done, "withdrawn"), ...refusals },
});

const MOST_SHOWN = 50;

export function requests(app: Api, fleet: Fleet, history: Pick<History, "tags">, log: Log): void {
  app.openapi(ask, async (c) => {
    const rig = c.req.valid("param").rig_id;
    const body = c.req.valid("json");
    const now = Date.now();
    const wanted = await wantedOf(body, rig, history, now);
    const forMs = body.what === "span" ? body.forHours * 3_600_000 : body.forMinutes * 60_000;
    const by = whoOf(c).username;
    const made = fleet.askRig({ rig, wanted, maxBytes: body.maxBytes, endsAt: now + forMs, by }, now);
    if (made === null) throw new HttpError(409, "CONFLICT", "this rig is asked for as much as it can be told at once");
    log.info(
      { rig, request: made.request, wanted, maxBytes: body.maxBytes, by, trace_id: c.var.trace },
      "fleet: a rig is asked",
    );
    return c.json({ success: true as const, data: requestOf(made, now) }, 200);
  });
  app.openapi(list, (c) => {
    const rows = fleet.requests(c.req.valid("param").rig_id, MOST_SHOWN);
    const data = rows.map((row) => requestOf(row, Date.now()));
    return c.json({ success: true as const, count: data.length, data, next: null }, 200);
  });
  app.openapi(withdraw, (c) => {
    const { rig_id: rig, request_id: request } = c.req.valid("param");
    if (!fleet.withdrawRequest(rig, request)) throw notFound("open request");
    log.info({ rig, request, by: whoOf(c).username, trace_id: c.var.trace }, "fleet: a request is withdrawn");
    return c.json({ success: true as const, message: "the rig is asked for it no more" }, 200);
  });
}

async function wantedOf(
  body: z.output<typeof RequestBody>,
  rig: RigId,
  history: Pick<History, "tags">,
  now: number,
): Promise<Wanted> {
  if (body.what === "tags") {
    const tags = await askedTags(history, rig, { tags: body.tags });
    return { what: "tags", tags: tags.map(({ id }) => id) };
  }
  const { start, repair } = body;
  // What is not made yet comes by itself.
  const end = Math.min(body.end, now);
  if (start >= end) throw contradiction("start must be before end, and not in the future");
  if (start < 0) throw contradiction("start is before 1970");
  if (end - start > longestSpanMs) throw contradiction("a span is at most 7 days long");
  return { what: "span", start, end, repair };
}

function requestOf(row: KeptRequest, now: number): RigRequest {
  const { request, rig, wanted, maxBytes, askedAt, by, endsAt, why, toldAt, heardAt, frames, bytes } = row;
  return {
    ...{ request, rig, maxBytes, askedAt, endsAt, why, toldAt, heardAt, frames },
    wanted: wanted.what === "tags" ? { what: "tags", tags: [...wanted.tags] } : wanted,
    spentBytes: bytes,
    askedBy: by,
    state: stateOf(row, now),
  };
}

function stateOf({ state, endsAt, toldAt }: KeptRequest, now: number): RigRequest["state"] {
  if (state === "done" || state === "refused" || state === "withdrawn") return state;
  if (now >= endsAt) return "expired";
  if (state === "taken") return "arriving";
  return toldAt === null ? "asked" : "told";
}
