import { createRoute } from "@hono/zod-openapi";
import { ClaimAnswer, ClaimBody, ErrorBody } from "../../shared/domain/api.ts";
import { HttpError, tooMany } from "../../shared/node/http/errors.ts";
import { type Rate, rateOf } from "../../shared/node/http/rate.ts";
import type { Log } from "../../shared/node/log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Api, json, refusals } from "./answers.ts";
import { sourceOf } from "./guard.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/rigs/claim",
  summary: "Enrol a rig: hand in its public key under a one-time token",
  request: { body: { required: true, content: { "application/json": { schema: ClaimBody } } } },
  responses: { 200: json(ClaimAnswer, "enrolled"), 429: json(ErrorBody, "too many tries"), ...refusals },
});

/** Tries from one address, and from all together. */
function claimRates(): { bySource: Rate; all: Rate } {
  return { bySource: rateOf(10, 60_000), all: rateOf(120, 60_000) };
}

export function claim(app: Api, fleet: Fleet, log: Log): void {
  const rates = claimRates();
  app.openapi(route, (c) => {
    const wait = rates.bySource.take(sourceOf(c)) || rates.all.take("all");
    if (wait > 0) throw tooMany(wait);
    const { rig, token, publicKey } = c.req.valid("json");
    const outcome = fleet.claim({ rig, token, publicKey: Buffer.from(publicKey, "base64") });
    if (outcome.status === "refused") {
      log.warn({ rig, source: sourceOf(c), trace_id: c.var.trace }, "fleet: claim refused");
      throw new HttpError(
        401,
        "UNAUTHORIZED",
        "the claim is not good: wrong rig, spent, too old, or a key that stands already",
      );
    }
    log.info({ rig, key: outcome.key.id, source: sourceOf(c) }, "fleet: rig enrolled");
    const { brokerUser, brokerSecret } = outcome;
    const cloudKeys = [Buffer.from(fleet.cloudKey().publicKey).toString("base64")];
    return c.json({ success: true as const, brokerUser, brokerSecret, cloudKeys }, 200);
  });
}
