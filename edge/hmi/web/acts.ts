import { effect, signal } from "@preact/signals";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { HmiPerson } from "../../../shared/domain/hmi.ts";
import type { Outcome } from "../../../shared/ui/ConfirmHold.tsx";
import { alarms, live, person, run } from "./store.ts";

/** Alarms on which an act is under way. */
export const sending = signal<ReadonlySet<string>>(new Set());
/** Why the last act did not work; null when it did. */
export const trouble = signal<string | null>(null);
/** How long a notice of something that did not work stays. */
const NOTICE_MS = 10_000;
/** The alarm that somebody is about to shelve, and for how long if that is chosen; null while nobody is. */
export const shelveAsk = signal<{ alarm: AlarmState; forMs: number | null } | null>(null);
/** What somebody wanted to do when nobody was signed in: done after signing in. */
export const askSignIn = signal<{ after: (() => void) | null } | null>(null);

/** Nobody is signed in, as far as the rig box knows: its sessions end with its daemon. */
class SignedOut extends Error {
  override name = "SignedOut";
}

async function post(path: string, body?: unknown, waitMs = 8_000): Promise<unknown> {
  const response = await fetch(`./api/v1/hmi/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-idrill-act": "1" },
    signal: AbortSignal.timeout(waitMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: { error?: { message: string } } = await response.json();
  if (response.status === 401 && path !== "sign-in") {
    person.value = null;
    throw new SignedOut(answer.error?.message ?? "Nobody is signed in.");
  }
  if (!response.ok) throw new Error(answer.error?.message ?? `The rig box answered ${response.status}.`);
  return answer;
}

function wordsOf(error: unknown): string {
  if (error instanceof DOMException) return "No reply from the rig box. Nothing is known about what it did.";
  return error instanceof TypeError
    ? "The rig box cannot be reached."
    : error instanceof Error
      ? error.message
      : String(error);
}

/** Why nothing can be done now; null when it can (somebody not signed in is asked to). */
export function actsOff(): string | null {
  return live.silentFor.value === null ? null : "Off until the rig box is back";
}

/** Acknowledges once the rig has stored it; asks for a sign-in first where there is none. */
export function acknowledge(alarm: AlarmState): void {
  acknowledgeAll([alarm]);
}

/** The same for several, one after the other. */
export function acknowledgeAll(some: readonly AlarmState[]): void {
  const [first, ...rest] = some;
  if (first === undefined) return;
  signedIn(async () => {
    const done = await perform(first.alarm, "acknowledge");
    if (done) acknowledgeAll(rest);
    return done;
  });
}

/** Asks for how long and why an alarm is to be shelved. */
export function askShelve(alarm: AlarmState, forMs: number | null): void {
  signedIn(async () => {
    shelveAsk.value = { alarm, forMs };
    return true;
  });
}

/** Puts an alarm aside once the rig has stored it. */
export function shelve(alarm: AlarmState, forMs: number, why: string): void {
  signedIn(() => perform(alarm.alarm, "shelve", { forMs, why }));
}

/** Ends a shelving before its time. */
export function unshelve(alarm: AlarmState): void {
  signedIn(() => perform(alarm.alarm, "unshelve"));
}

/** Does it if somebody is signed in, as far as page and rig box know; else after a sign-in. `act` gives false where it needs one. */
function signedIn(act: () => Promise<boolean>): void {
  if (actsOff() !== null) return;
  const ask = () => {
    askSignIn.value = { after: () => signedIn(act) };
  };
  if (person.value === null) ask();
  else void act().then((done) => done || ask());
}

/** False when it needs somebody to sign in first. */
async function perform(alarm: string, what: "acknowledge" | "shelve" | "unshelve", body?: unknown): Promise<boolean> {
  sending.value = new Set([...sending.value, alarm]);
  trouble.value = null;
  try {
    const answer = await post(`alarms/${encodeURIComponent(alarm)}/${what}`, body);
    const { alarm: stored } = answer as { alarm: AlarmState };
    alarms.value = alarms.value.map((one) => (one.alarm === stored.alarm ? stored : one));
    return true;
  } catch (error) {
    if (error instanceof SignedOut) return false;
    trouble.value = wordsOf(error);
  } finally {
    sending.value = new Set([...sending.value].filter((one) => one !== alarm));
  }
  return true;
}

/** Signs in; gives the reason where it did not work. */
export async function signIn(name: string, password: string): Promise<string | null> {
  try {
    const answer = (await post("sign-in", { name, password })) as { person: HmiPerson };
    person.value = answer.person;
    trouble.value = null;
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

export async function signOut(): Promise<void> {
  try {
    await post("sign-out");
    person.value = null;
  } catch (error) {
    if (error instanceof SignedOut) return;
    trouble.value = wordsOf(error);
  }
}

/** Asks the daemon to read its configuration again; gives the reason where that did not work. */
export async function recheck(): Promise<string | null> {
  try {
    await post("recheck");
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

/** Asks for a sign-in, and does nothing after it: what must be held is held again. */
export function signInFirst(): void {
  askSignIn.value = { after: null };
}

/** A restart of the rig's parts waits for devices that do not answer. */
const RESTART_MS = 40_000;

/** Goes back to the configuration that ran, or runs what the file says; tells what came of it. */
export async function chooseConfig(what: "back" | "file"): Promise<Outcome> {
  try {
    await post(`configuration/${what}`, {}, RESTART_MS);
    return { done: true };
  } catch (error) {
    if (error instanceof SignedOut) signInFirst();
    const unsure = error instanceof DOMException || error instanceof TypeError;
    // Said in the bar too: the page may have changed meanwhile.
    trouble.value = wordsOf(error);
    return unsure ? { unknown: wordsOf(error) } : { refused: wordsOf(error) };
  }
}

/** Who is signed in at this station, as the server knows it. */
async function askWhoIs(): Promise<void> {
  try {
    const response = await fetch("./api/v1/hmi/me", { signal: AbortSignal.timeout(8_000) });
    if (!response.ok) throw new Error(`the rig box answered ${response.status}`);
    const { person: who }: { person: HmiPerson | null } = await response.json();
    person.value = who;
  } catch {
    person.value = null;
  }
}

/** Asks who is signed in at the start and at each new run of the daemon, and takes a notice away after some seconds. */
export function followSession(): void {
  effect(() => {
    run.value;
    void askWhoIs();
  });
  effect(() => {
    if (trouble.value === null) return;
    const timer = setTimeout(() => (trouble.value = null), NOTICE_MS);
    return () => clearTimeout(timer);
  });
}
