import { type Asked, useAskedBy } from "../../../shared/ui/asked.ts";
import { ask } from "./session.ts";

/** Asks the office's API as who is signed in, every `everyMs` where that is not 0; a path that is null asks nothing. */
export function useAsked<T>(path: string | null, everyMs = 0): Asked<T> {
  return useAskedBy<T>(ask, path, everyMs);
}
