import { useEffect, useState } from "preact/hooks";

/** What a question gave: nothing yet, an answer, or why there is none. */
export interface Asked<T> {
  /** The question that `answer` belongs to. */
  path: string | null;
  answer: T | null;
  trouble: string | null;
}

/** Asks one question; rejects with what to tell the person. Must be the same function at every painting. */
export type Ask = <T>(path: string, signal: AbortSignal) => Promise<T>;

/** Asks, again when the path changes and every `everyMs`; the last answer stays while a later one fails. null asks nothing. */
export function useAskedBy<T>(ask: Ask, path: string | null, everyMs: number): Asked<T> {
  const [asked, set] = useState<Asked<T>>({ path: null, answer: null, trouble: null });
  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    const once = async () => {
      try {
        const answer = await ask<T>(path, control.signal);
        if (!control.signal.aborted) set({ path, answer, trouble: null });
      } catch (error) {
        if (!control.signal.aborted) set((before) => ({ ...before, trouble: wordsOf(error) }));
      }
    };
    void once();
    const timer = everyMs > 0 ? setInterval(once, everyMs) : undefined;
    return () => {
      clearInterval(timer);
      control.abort();
    };
  }, [ask, path, everyMs]);
  return asked;
}

/** An error as it is told to a person. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
