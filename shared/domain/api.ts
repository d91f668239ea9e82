import { z } from "zod";
import { RigId } from "./id.ts";
import { roles } from "./roles.ts";

/**
 * What the cloud's API says, whatever the route. Keys that the original named keep its spelling (snake case); ours are camel case.
 * Times: queries and envelopes carry ISO 8601 with a zone, data carries milliseconds since 1970, UTC.
 */

/** A moment in a query: ISO 8601 with its zone; milliseconds since 1970 after parsing. A time without a zone is refused. */
export const Moment = z.iso
  .datetime({ offset: true, error: "ISO 8601 with a zone, e.g. 2030-01-31T12:00:00.000Z" })
  .transform((text) => Date.parse(text));

/** A whole number in a query, in digits only. */
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "a whole number")
    .transform(Number)
    .pipe(z.number().min(least).max(most));

/** Opaque: where the next page begins. */
export const Cursor = z
  .string()
  .max(400)
  .regex(/^[A-Za-z0-9_-]+$/, "a cursor of an earlier answer");

const errorCodes = [
  "VALIDATION_ERROR",
  "UNAUTHORIZED",
  "TOKEN_EXPIRED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "PAYLOAD_TOO_LARGE",
  "UNPROCESSABLE",
  "RATE_LIMIT_EXCEEDED",
  "INTERNAL_SERVER_ERROR",
  "SERVICE_UNAVAILABLE",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A part of a body or query that does not fit: its path, what is wrong, the rule's name. Never the input. */
export const FieldError = z.object({ field: z.string(), message: z.string(), type: z.string() });
export type FieldError = z.infer<typeof FieldError>;

/** Every answer that is not 2xx. */
export const ErrorBody = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      details: z
        .object({
          errors: z.array(FieldError).optional(),
          count: z.number().int().optional(),
          kind: z.string().optional(),
          /** Seconds, as in Retry-After. */
          retryAfter: z.number().optional(),
          /** Checks that fail, by name. */
          failing: z.array(z.string()).optional(),
        })
        .optional(),
    }),
    /** Stands in the log beside the fault. */
    trace_id: z.string(),
    timestamp: z.iso.datetime(),
    path: z.string(),
  })
  .meta({ id: "ErrorBody" });
export type ErrorBody = z.infer<typeof ErrorBody>;

/** The body of a list: `next` is the cursor of the next page, null on the last. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({
    success: z.literal(true),
    count: z.number().int(),
    data: z.array(item),
    next: z.string().nullable(),
  });

/** The body of one thing. */
export const oneOf = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data });

/** `POST /auth/login`, as JSON or as a form. */
export const LoginBody = z.strictObject({
  username: z.string().min(1).max(80),
  password: z.string().min(1).max(256),
});
export type LoginBody = z.infer<typeof LoginBody>;

export const Person = z
  .object({
    username: z.string(),
    role: z.enum(roles),
    /** Rigs that the person may see; "all" for an admin. */
    rigs: z.union([z.literal("all"), z.array(RigId)]),
  })
  .meta({ id: "Person" });
export type Person = z.infer<typeof Person>;

/** `POST /auth/refresh` and `/auth/logout` of a program; a browser sends its cookie and no body. */
export const RefreshBody = z.strictObject({ refresh_token: z.string().min(1).max(200).optional() });
export type RefreshBody = z.infer<typeof RefreshBody>;

/** The answer of login and refresh. A browser's refresh token comes and goes in an HttpOnly cookie only. */
export const Session = z.object({
  success: z.literal(true),
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  /** Seconds until the access token ends. */
  expires_in: z.number().int(),
  user: Person,
  /** For programs only: requests that carry an Origin get the cookie instead. */
  refresh_token: z.string().optional(),
});
export type Session = z.infer<typeof Session>;

export const Done = z.object({ success: z.literal(true), message: z.string() });
export type Done = z.infer<typeof Done>;

export const MeAnswer = oneOf(Person);
export type MeAnswer = z.infer<typeof MeAnswer>;

/** `POST /rigs/claim`: a rig hands in the public half of the key that it made, under a one-time token. */
export const ClaimBody = z.strictObject({
  rig: RigId,
  token: z.string().regex(/^[A-Za-z0-9_-]{27,64}$/, "a claim token"),
  /** ed25519, 32 raw bytes. */
  publicKey: z.string().regex(/^[A-Za-z0-9+/]{43}=$/, "32 bytes in base64"),
});
export type ClaimBody = z.infer<typeof ClaimBody>;

/** What the rig needs from then on. */
export const ClaimAnswer = z.object({
  success: z.literal(true),
  brokerUser: z.string(),
  brokerSecret: z.string(),
  /** Public keys that the cloud signs with: ed25519, 32 raw bytes in base64 each. */
  cloudKeys: z.array(z.string()).min(1),
});
export type ClaimAnswer = z.infer<typeof ClaimAnswer>;

const healthStates = ["healthy", "degraded", "unhealthy"] as const;
export type HealthState = (typeof healthStates)[number];

/** `GET /health/`: the bare state, without internals. */
export const HealthAnswer = z.object({
  success: z.literal(true),
  status: z.enum(healthStates),
  timestamp: z.iso.datetime(),
});
export type HealthAnswer = z.infer<typeof HealthAnswer>;

/** One dependency, asked just now. "not configured" is a legal state. */
export const Probe = z
  .object({
    name: z.string(),
    status: z.enum([...healthStates, "not configured"]),
    /** Facts for people. */
    message: z.string(),
    /** How long the probe took. */
    tookMs: z.number(),
  })
  .meta({ id: "Probe" });
export type Probe = z.infer<typeof Probe>;

export const ServicesAnswer = z.object({
  success: z.literal(true),
  status: z.enum(healthStates),
  timestamp: z.iso.datetime(),
  data: z.array(Probe),
});
export type ServicesAnswer = z.infer<typeof ServicesAnswer>;

/** `GET /`: who answers here. */
export const AboutAnswer = z.object({
  service: z.literal("i-Drill Edge cloud"),
  version: z.string(),
  status: z.enum(healthStates),
  timestamp: z.iso.datetime(),
  links: z.record(z.string(), z.string()),
});
export type AboutAnswer = z.infer<typeof AboutAnswer>;
