import { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import { ErrorBody } from "../../shared/domain/api.ts";
import { fieldErrors, unprocessable } from "../../shared/node/http/errors.ts";
import type { ApiEnv } from "./guard.ts";

export type Api = OpenAPIHono<ApiEnv>;

/** A router on which a body, query or path that does not fit gets 422 with its fields. */
export function openRouter(): Api {
  return new OpenAPIHono<ApiEnv>({
    strict: false,
    defaultHook(result) {
      if (!result.success) throw unprocessable(fieldErrors(result.error));
    },
  });
}

/** A JSON body in a route's description. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

const failure = (description: string) => json(ErrorBody, description);

/** What a route that needs a person may answer beside its success. */
export const refusals = {
  400: failure("contradictory or unreadable"),
  401: failure("not signed in"),
  403: failure("the role does not allow it"),
  404: failure("no such thing, or of a rig that is not granted"),
  422: failure("a field does not fit"),
  500: failure("a fault of ours"),
} as const;

/** Marks a route's description as needing an access token. */
export const bearer = [{ bearer: [] }];
