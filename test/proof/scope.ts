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
          "This rig cheats: its disk confirms what it does not keep. The balance must show it: here failing (exit code 1) is right.",
        ]
      : []),
  ];
}

/** The same once the balance stands. */
export function verdictOf({ quick, cheat, blows }: Scope, balances: boolean): string[] {
  const seen = balances
    ? "WRONG: the disk cheated, and the balance did not show it."
    : "That is right: the disk cheated, and the balance shows it. Exit code 1 says so.";
  return [...(quick ? shortOf(blows) : []), ...(cheat ? [seen] : [])];
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
