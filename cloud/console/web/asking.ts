import { signal } from "@preact/signals";
import type { CoverageSpan } from "../../../shared/domain/api-coverage.ts";
import type { RequestAnswer, RequestBody, RequestsAnswer, RigRequest } from "../../../shared/domain/api-requests.ts";
import { may } from "../../../shared/domain/roles.ts";
import type { Asked } from "../../../shared/ui/asked.ts";
import { wordsOf } from "../../../shared/ui/keep-asking.ts";
import { useAsked } from "./asked.ts";
import { person, tell } from "./session.ts";

/** Made on this page and not yet in an answer of the office, by rig. */
const made = signal<readonly RigRequest[]>([]);
/** Why the last act came to nothing. */
export const askTrouble = signal<string | null>(null);

/** The office takes a span of a week at most. */
const WEEK_MS = 7 * 86_400_000;

/** Whether who is signed in may ask rigs. */
export function mayAsk(): boolean {
  return person.value != null && may(person.value.role, "askRig");
}

/** What a rig was asked for, newest first; read every 3 s. */
export function useRequests(rig: string): Asked<RequestsAnswer> & { rows: readonly RigRequest[] } {
  const asked = useAsked<RequestsAnswer>(`/rigs/${rig}/requests`, 3_000);
  const told = asked.answer?.data ?? [];
  const known = new Set(told.map(({ request }) => request));
  const fresh = made.value.filter((each) => each.rig === rig && !known.has(each.request));
  return { ...asked, rows: [...fresh, ...told] };
}

/** The office has not said yet whether it takes what was asked. */
export const askingNow = signal(false);

/** Asks a rig, one after the other; what the office did not take stands in `askTrouble`. Nothing while an earlier call is out. */
export async function askRig(rig: string, wanted: readonly RequestBody[]): Promise<void> {
  if (askingNow.value) return;
  askTrouble.value = null;
  askingNow.value = true;
  try {
    for (const body of wanted) {
      const { data } = await tell<RequestAnswer>("POST", `/rigs/${rig}/requests`, body);
      made.value = [data, ...made.value];
    }
  } catch (error) {
    askTrouble.value = wordsOf(error);
  } finally {
    askingNow.value = false;
  }
}

/** Asks for what coverage says is not here, in parts that the office takes; what is missing is sent again if the rig has it still. */
export function askForSpan(rig: string, { from, to, kind }: CoverageSpan): Promise<void> {
  // Coverage knows when frames were made between others only about: a second more on each side.
  const [start, end] = [Math.max(0, Math.floor(from) - 1_000), Math.ceil(to) + 1_000];
  const parts: RequestBody[] = [];
  for (let at = start; at < end; at += WEEK_MS) {
    const part = { start: new Date(at).toISOString(), end: new Date(Math.min(end, at + WEEK_MS)).toISOString() };
    parts.push({ what: "span", ...part, repair: kind === "missing" });
  }
  return askRig(rig, parts);
}

/** Asks for it no more; what the office did not take stands in `askTrouble`. */
export async function withdraw({ rig, request }: RigRequest): Promise<void> {
  askTrouble.value = null;
  try {
    await tell("DELETE", `/rigs/${rig}/requests/${request}`);
    made.value = made.value.filter((each) => each.request !== request);
  } catch (error) {
    askTrouble.value = wordsOf(error);
  }
}
