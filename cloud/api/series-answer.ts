import type { Context, TypedResponse } from "hono";
import type { ApiEnv } from "./guard.ts";

/**
 * An answer whose `data` is JSON text already (see `questions.ts`), sent piece by piece as it lies: each copy of a long series would cost this
 * thread a collection of its garbage, and with it everybody who asks at that moment.
 */
export function withSeries<Answer extends { data: unknown }>(
  c: Context<ApiEnv>,
  head: Omit<Answer, "data">,
  series: Uint8Array,
): Response & TypedResponse<Answer, 200, "json"> {
  const text = JSON.stringify(head);
  const pieces = [Buffer.from(`${text.slice(0, -1)},"data":`), series, Buffer.from("}")];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const headers = { "content-type": "application/json", "content-length": String(length) };
  // The text is what the type says: the thread wrote `data` from the same schemas' types.
  return c.body(ReadableStream.from(pieces), 200, headers) as unknown as Response & TypedResponse<Answer, 200, "json">;
}
