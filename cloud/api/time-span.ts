import { contradiction } from "../../shared/node/http/errors.ts";

/** What a query's start and end mean: the last `usualMs` where neither is given. 400 where start is not before end. */
export function timeSpan(
  query: { start?: number | undefined; end?: number | undefined },
  usualMs: number,
  now = Date.now(),
): { start: number; end: number } {
  const end = query.end ?? (query.start === undefined ? now : Math.max(now, query.start + 1));
  const start = query.start ?? end - usualMs;
  if (start >= end) throw contradiction("start must be before end");
  return { start, end };
}
