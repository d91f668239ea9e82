/** A question that has been out for so long is told to be, ms. */
const SLOW_MS = 5_000;
/** After so long it is given up and asked anew: the server may hang, ms. */
const DEADLINE_MS = 60_000;
/** Pauses after a question that came to nothing: the first and the longest, ms. */
const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

export interface Question {
  /** Asks and takes the answer; rejects with what to tell the person. */
  once(signal: AbortSignal): Promise<void>;
  /** How long after an answer it is asked again, ms; 0: never. */
  everyMs: number;
  /** Ends it. */
  signal: AbortSignal;
  /** Told why there is no answer, or that it is long in coming; null with each answer. */
  tell(trouble: string | null): void;
}

/** Asks until there is an answer, with growing pauses and jitter, and never twice at once. Resolves with the answer, or with the end of `signal`. */
export async function keepAsking({ once, everyMs, signal, tell }: Question): Promise<void> {
  let ceiling = FIRST_MS;
  while (!signal.aborted) {
    const wait = await tried();
    if (signal.aborted || wait === null) return;
    await sleep(wait, signal);
  }

  /** How long to wait before the next one, ms; null where this was the last. */
  async function tried(): Promise<number | null> {
    const slow = setTimeout(() => tell(`no answer for ${SLOW_MS / 1_000} s`), SLOW_MS);
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    try {
      await once(AbortSignal.any([signal, deadline]));
      if (signal.aborted) return null;
      tell(null);
      ceiling = FIRST_MS;
      return everyMs === 0 ? null : everyMs;
    } catch (error) {
      if (!signal.aborted) tell(deadline.aborted ? `no answer for ${DEADLINE_MS / 1_000} s` : wordsOf(error));
      const wait = ceiling / 2 + (Math.random() * ceiling) / 2;
      ceiling = Math.min(LONGEST_MS, ceiling * 2);
      return wait;
    } finally {
      clearTimeout(slow);
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    }
    signal.addEventListener("abort", end);
  });
}

/** An error as it is told to a person. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
