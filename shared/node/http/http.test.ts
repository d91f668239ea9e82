import { Hono } from "hono";
import { expect, test } from "vitest";
import { z } from "zod";
import { ErrorBody } from "../../domain/api.ts";
import { openLog } from "../log.ts";
import { answerErrors, fieldErrors, notFound } from "./errors.ts";
import { rateOf } from "./rate.ts";
import { type Traced, traced } from "./trace.ts";

const app = new Hono<Traced>();
app.use(traced);
app.onError(answerErrors(openLog("cloud", "silent")));
app.get("/missing", () => {
  throw notFound("rig");
});
app.get("/fault", () => {
  throw new Error("select secret from /var/lib/people.db");
});

test("what a route throws for the asker comes in the one shape, with the trace id of the header", async () => {
  const answer = await app.request("/missing");
  const body = ErrorBody.parse(await answer.json());
  expect(answer.status).toBe(404);
  expect(body.error).toEqual({ code: "NOT_FOUND", message: "no such rig", details: { kind: "rig" } });
  expect(body.trace_id).toBe(answer.headers.get("x-trace-id"));
  expect(body.path).toBe("/missing");
});

test("a fault of ours tells nothing but its trace id", async () => {
  const answer = await app.request("/fault");
  const text = await answer.text();
  expect(answer.status).toBe(500);
  expect(text).not.toMatch(/select|office|at .*\.ts/);
  expect(ErrorBody.parse(JSON.parse(text)).error.code).toBe("INTERNAL_SERVER_ERROR");
});

test("a field that does not fit is named with its path, an unknown one by its name, and no input is repeated", () => {
  const result = z.strictObject({ a: z.object({ b: z.number() }) }).safeParse({ a: { b: "s3cret" }, extra: "s3cret" });
  const errors = result.success ? [] : fieldErrors(result.error);
  expect(errors.map(({ field, type }) => [field, type])).toEqual([
    ["a.b", "invalid_type"],
    ["extra", "unrecognized_keys"],
  ]);
  expect(JSON.stringify(errors)).not.toContain("s3cret");
});

test("tries beyond the rate wait until the oldest leaves the window", () => {
  let now = 0;
  const rate = rateOf(2, 60_000, () => now);
  expect([rate.take("a"), rate.take("a"), rate.take("a"), rate.take("b")]).toEqual([0, 0, 60, 0]);
  now = 59_500;
  expect(rate.take("a")).toBe(1);
  now = 60_000;
  expect(rate.take("a")).toBe(0);
  rate.giveBack("b");
  expect([rate.take("b"), rate.take("b"), rate.take("b")]).toEqual([0, 0, 60]);
});
