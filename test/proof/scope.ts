import type { Outcome } from "./balance.ts";
import type { Blow } from "./ground.ts";

export interface Scope {
  quick: boolean;
  cheat: boolean;
  /** All that are struck or left out. */
  blows: readonly Pick<Blow, "name" | "title" | "strikes">[];
}

/** In the quick proof everything takes so much of its full time. */
export const QUICK = 0.15;

/** What a proof does not show, and what of it must come out; said before it begins. Empty where it is the whole one. */
export function scopeOf({ quick, cheat, blows }: Scope): string[] {
  return [
    ...(quick ? shortOf(blows) : []),
    ...(cheat
      ? [
          "This rig cheats: its disk confirms what it does not keep. The balance must show what is lost by it: here exit code 1 is right, and any other failure shows nothing (exit code 2).",
        ]
      : []),
  ];
}

/** The same once the balance stands. */
export function verdictOf({ quick, cheat, blows }: Scope, outcome: Outcome): string[] {
  return [...(quick ? shortOf(blows) : []), ...(cheat ? [ofCheat[outcome]] : [])];
}

const ofCheat: Record<Outcome, string> = {
  balances: "WRONG: the disk cheated, and the balance did not show it.",
  loses: "That is right: the disk cheated, and the balance shows what is lost. Exit code 1 says so.",
  fails:
    "INCONCLUSIVE: the proof failed, but nothing shows that the disk lost what it had confirmed. Exit code 2 says so.",
};

/** 0 where it balances, 1 where it does not; 2 where the failure says nothing of what was to be shown. */
export function exitCodeOf({ cheat }: Pick<Scope, "cheat">, outcome: Outcome): number {
  if (outcome === "balances") return 0;
  return cheat && outcome === "fails" ? 2 : 1;
}

function shortOf(blows: Scope["blows"]): string[] {
  const left = blows.filter(({ strikes }) => strikes.quick === 0);
  const fewer = blows.filter(({ strikes: { quick, full } }) => quick > 0 && quick < full);
  return [
    `The short proof: what lasts, lasts ${100 * QUICK} % of its time. All of it is in npm run prove.`,
    ...left.map(({ name, title }) => `  left out: ${name} (${title})`),
    ...fewer.map(({ name, strikes: { quick, full } }) => `  fewer: ${name}, ${quick} of ${full} times`),
  ];
}
