import { type Asked, useAskedBy } from "../../../shared/ui/asked.ts";

/** Asks the rig box; a path that is null asks nothing. */
export function useAsked<T>(path: string | null): Asked<T> {
  return useAskedBy<T>(askRigBox, path, 0);
}

async function askRigBox<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal }).catch((cause: unknown) => {
    // A browser says of a server that is not there no more than that a fetch failed.
    throw new Error("the rig box cannot be reached", { cause });
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer?.error?.message ?? `the rig box answered ${response.status}`);
  return answer;
}
