import { createMiddleware } from "hono/factory";
import { newId } from "../id.ts";

/** What every request carries. */
export interface Traced {
  Variables: {
    /** 64 random bits of ours, in every error body, in `X-Trace-Id` and in the log. A caller's own is not taken. */
    trace: string;
  };
}

export const traced = createMiddleware<Traced>(async (c, next) => {
  c.set("trace", newId());
  await next();
  c.header("x-trace-id", c.var.trace);
});
