import { useEffect, useState } from "preact/hooks";

/** What a question about the past gave: nothing yet, an answer, or why there is none. */
export interface Asked<T> {
  answer: T | null;
  trouble: string | null;
}

/** A browser says of a server that is not there no more than that a fetch failed. */
function wordsOf(error: unknown): string {
  if (error instanceof TypeError) return "the rig box cannot be reached";
  return error instanceof Error ? error.message : String(error);
}

/** Asks the rig box, and again whenever the path changes; the last answer stays while a later one fails. null asks nothing. */
export function useAsked<T>(path: string | null): Asked<T> {
  const [asked, set] = useState<Asked<T>>({ answer: null, trouble: null });
  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    async function ask(question: string) {
      try {
        const response = await fetch(question, { signal: control.signal });
        const answer = await response.json();
        if (!response.ok) throw new Error(answer?.error?.message ?? `the rig box answered ${response.status}`);
        set({ answer, trouble: null });
      } catch (error) {
        if (!control.signal.aborted) set((before) => ({ ...before, trouble: wordsOf(error) }));
      }
    }
    void ask(path);
    return () => control.abort();
  }, [path]);
  return asked;
}
