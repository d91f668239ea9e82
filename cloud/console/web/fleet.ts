import { computed, signal } from "@preact/signals";
import type { RigSummary, RigsAnswer } from "../../../shared/domain/api-rigs.ts";
import { wordsOf } from "../../../shared/ui/keep-asking.ts";
import { now, serverNow } from "./clock.ts";
import { ask, person } from "./session.ts";

/** Every rig that the person may see, as asked last; null until the first answer. */
export const rigs = signal<RigSummary[] | null>(null);
export const trouble = signal<string | null>(null);
/** When it was asked last with success, server's time. */
export const askedAt = signal(0);

const everyMs = 5_000;
/** Two questions in a row without an answer. */
const lostAfterMs = 12_000;

/** How long the server has not answered; null while it does. */
export const silentFor = computed(() => {
  const silent = now.value - askedAt.value;
  return rigs.value !== null && silent > lostAfterMs ? silent : null;
});

/** Some of what is shown comes from a simulated rig. */
export const simulated = computed(() => rigs.value?.some(({ origin }) => origin === "simulated") ?? false);

let asking = false;

export async function askFleet(): Promise<void> {
  if (asking || person.value === null || person.value === undefined) return;
  asking = true;
  try {
    rigs.value = await allPages();
    askedAt.value = serverNow();
    trouble.value = null;
  } catch (error) {
    trouble.value = wordsOf(error);
  } finally {
    asking = false;
  }
}

/** Asks now and every 5 s while somebody is signed in and looks. */
export function followFleet(): () => void {
  void askFleet();
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") void askFleet();
  }, everyMs);
  return () => {
    clearInterval(timer);
    rigs.value = null;
  };
}

async function allPages(): Promise<RigSummary[]> {
  const all: RigSummary[] = [];
  let cursor = "";
  do {
    const page: RigsAnswer = await ask(`/rigs?limit=500${cursor === "" ? "" : `&cursor=${cursor}`}`);
    all.push(...page.data);
    cursor = page.next ?? "";
  } while (cursor !== "");
  return all;
}
