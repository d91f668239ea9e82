import { z } from "zod";
import { unprocessable } from "../../shared/node/http/errors.ts";

/** Where the next page begins, as text that callers need not understand. */
export function cursorOf(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Reads a cursor of ours; 422 for anything else. */
export function placeOf<T extends z.ZodType>(schema: T, cursor: string | undefined): z.output<T> | undefined {
  if (cursor === undefined) return undefined;
  const result = z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "no cursor" });
        return z.NEVER;
      }
    })
    .pipe(schema)
    .safeParse(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!result.success)
    throw unprocessable([{ field: "cursor", message: "not a cursor of an earlier answer", type: "invalid_cursor" }]);
  return result.data;
}

/** One page of a list that is at hand, with the cursor of the next. */
export function pageOf<T>(rows: readonly T[], limit: number, cursor: string | undefined) {
  const from = placeOf(z.tuple([z.number().int().nonnegative()]), cursor)?.[0] ?? 0;
  const data = rows.slice(from, from + limit);
  const next = from + limit < rows.length ? cursorOf([from + limit]) : null;
  return { success: true as const, count: data.length, data, next };
}
