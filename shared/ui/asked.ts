import { useEffect, useState } from "preact/hooks";
import { keepAsking } from "./keep-asking.ts";

/** What a question gave: nothing yet, an answer, or why there is none. */
export interface Asked<T> {
  /** The question that `answer` belongs to. */
  path: string | null;
  answer: T | null;
  /** Why there is no newer answer; it is asked again by itself. */
  trouble: string | null;
}

/** Asks one question; rejects with what to tell the person. Must be the same function at every painting. */
export type Ask = <T>(path: string, signal: AbortSignal) => Promise<T>;

/** Asks until there is an answer, again when the path changes and `everyMs` after each answer; the last answer stays while a later one fails. null asks nothing. */
export function useAskedBy<T>(ask: Ask, path: string | null, everyMs: number): Asked<T> {
  const [asked, set] = useState<Asked<T>>({ path: null, answer: null, trouble: null });
  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    const { signal } = control;
    const once = async (until: AbortSignal) => {
      const answer = await ask<T>(path, until);
      if (!signal.aborted) set({ path, answer, trouble: null });
    };
    const tell = (trouble: string | null) => set((before) => withTrouble(before, trouble));
    void keepAsking({ once, everyMs, signal, tell });
    return () => control.abort();
  }, [ask, path, everyMs]);
  return asked;
}

/** The same state with why there is no newer answer; the very same object where that is told already, so that nothing is painted anew. */
export function withTrouble<State extends { trouble: string | null }>(before: State, trouble: string | null): State {
  return before.trouble === trouble ? before : { ...before, trouble };
}
