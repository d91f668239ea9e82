import type { Context, TypedResponse } from "hono";
import type { ApiEnv } from "./guard.ts";

/** An answer whose `data` is JSON text already (see `questions.ts`): put together as bytes, so that long series hold nobody up. */
export function withSeries<Answer extends { data: unknown }>(
  c: Context<ApiEnv>,
  head: Omit<Answer, "data">,
  series: Uint8Array,
): Response & TypedResponse<Answer, 200, "json"> {
  const text = JSON.stringify(head);
  const body = Buffer.concat([Buffer.from(`${text.slice(0, -1)},"data":`), series, Buffer.from("}")]);
  // The text is what the type says: the thread wrote `data` from the same schemas' types.
  return c.body(body, 200, { "content-type": "application/json" }) as unknown as Response &
    TypedResponse<Answer, 200, "json">;
}
