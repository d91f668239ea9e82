import { type Asked, useAskedBy } from "../../../shared/ui/asked.ts";
import { serverNow } from "./clock.ts";
import { ask } from "./session.ts";

/** Asks the office's API as who is signed in, every `everyMs` where that is not 0; a path that is null asks nothing. */
export function useAsked<T>(path: string | null, everyMs = 0): Asked<T> {
  return useAskedBy<T>(ask, path, everyMs);
}

/** Asks about the last `lengthMs` up to each asking (`start` and `end` of the API), every `everyMs`: the answer is at most so old. */
export function useAskedUpToNow<T>(path: string, lengthMs: number, everyMs: number): Asked<T> {
  return useAskedBy<T>(askUpToNow, `${path} ${lengthMs}`, everyMs);
}

function askUpToNow<T>(question: string, signal: AbortSignal): Promise<T> {
  const [path = "", lengthMs] = question.split(" ");
  const end = Math.floor(serverNow() / 1_000) * 1_000;
  const iso = (at: number) => new Date(at).toISOString();
  return ask<T>(`${path}?start=${iso(end - Number(lengthMs))}&end=${iso(end)}`, signal);
}
