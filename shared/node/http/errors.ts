import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import type { ErrorBody, ErrorCode, FieldError } from "../../domain/api.ts";
import type { Log } from "../log.ts";
import type { Traced } from "./trace.ts";

type Details = NonNullable<ErrorBody["error"]["details"]>;

/** An answer that is not 2xx, thrown by a route. Its message is meant for the asker. */
export class HttpError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: ErrorCode;
  readonly details: Details | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: ContentfulStatusCode,
    code: ErrorCode,
    message: string,
    details?: Details,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

/** 404; a thing of a rig that is not granted is answered like one that does not exist. */
export function notFound(kind: string): HttpError {
  return new HttpError(404, "NOT_FOUND", `no such ${kind}`, { kind });
}

export function forbidden(message = "your role does not allow this"): HttpError {
  return new HttpError(403, "FORBIDDEN", message);
}

export function unauthorized(why: "missing" | "expired" | "refused" = "missing"): HttpError {
  const headers = { "www-authenticate": why === "missing" ? "Bearer" : 'Bearer error="invalid_token"' };
  if (why === "expired") return new HttpError(401, "TOKEN_EXPIRED", "the access token has expired", undefined, headers);
  const message = why === "missing" ? "sign in first" : "the access token is not valid";
  return new HttpError(401, "UNAUTHORIZED", message, undefined, headers);
}

/** 429; `seconds` until it may be tried again. */
export function tooMany(seconds: number, message = `too many tries; wait ${seconds} s`): HttpError {
  return new HttpError(
    429,
    "RATE_LIMIT_EXCEEDED",
    message,
    { retryAfter: seconds },
    { "retry-after": String(seconds) },
  );
}

/** 413, thrown: a body that no route of ours takes. */
export function tooLarge(): never {
  throw new HttpError(413, "PAYLOAD_TOO_LARGE", "the body is too large");
}

/** 400: readable, but contradictory. */
export function contradiction(message: string): HttpError {
  return new HttpError(400, "VALIDATION_ERROR", message);
}

/** 422: a body or a query that does not fit. */
export function unprocessable(errors: FieldError[]): HttpError {
  return new HttpError(422, "UNPROCESSABLE", "the request does not fit", { errors, count: errors.length });
}

/** What a zod error says, by field; never the input. At most 20. */
export function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues
    .flatMap((issue): FieldError[] => {
      const field = issue.path.join(".");
      if (issue.code !== "unrecognized_keys") return [{ field, message: issue.message, type: issue.code }];
      return issue.keys.map((key) => ({
        field: [...issue.path, key.slice(0, 80)].join("."),
        message: "no such field",
        type: issue.code,
      }));
    })
    .slice(0, 20);
}

/** The one body of everything that is not 2xx. */
function errorBody(error: HttpError, trace: string, path: string): ErrorBody {
  const { code, message, details } = error;
  return {
    success: false,
    error: details === undefined ? { code, message } : { code, message, details },
    trace_id: trace,
    timestamp: new Date().toISOString(),
    path: path.slice(0, 200),
  };
}

type Answerable = Pick<Context<Traced>, "var" | "req" | "header" | "json">;

/** Answers what a route threw. What is not meant for the asker becomes a fixed text, and stands in the log under the trace id. */
export function answerErrors(log: Log): (error: Error, c: Answerable) => Response {
  return (error, c) => {
    const known = asHttpError(error);
    if (known === undefined) log.error({ err: error, trace_id: c.var.trace, path: c.req.path }, "http: request failed");
    const answer =
      known ?? new HttpError(500, "INTERNAL_SERVER_ERROR", "something went wrong here; the trace id finds it");
    for (const [name, value] of Object.entries(answer.headers)) c.header(name, value);
    return c.json(errorBody(answer, c.var.trace, c.req.path), answer.status);
  };
}

function asHttpError(error: Error): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (!(error instanceof HTTPException)) return undefined;
  if (error.status === 413) return new HttpError(413, "PAYLOAD_TOO_LARGE", "the body is too large");
  if (error.status === 415) return new HttpError(415, "VALIDATION_ERROR", "this content type is not taken");
  if (error.status === 400) return new HttpError(400, "VALIDATION_ERROR", "the body cannot be read");
  return undefined;
}
