import { effect, signal } from "@preact/signals";
import type { System } from "../../../shared/ui/units.ts";
import type { LengthName } from "./span.ts";

function remembered<T extends string>(key: string, usual: T, words: readonly T[]) {
  const value = signal<T>(words.find((word) => word === read(key)) ?? usual);
  effect(() => write(key, value.value));
  return value;
}

/** A browser may forbid storage; then nothing is remembered. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not remembered; the screen works without.
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)").matches;

/** How this person likes it, kept by the browser. */
export const theme = remembered<"light" | "dark">("theme", dark ? "dark" : "light", ["light", "dark"]);
export const system = remembered<System>("units", "field", ["field", "si"]);
/** Times in each rig's own zone, or in UTC. */
export const times = remembered<"rig" | "utc">("times", "rig", ["rig", "utc"]);

/** The length of time that a rig's page showed last, by its name; empty where none was chosen. */
export const spanLength = remembered<LengthName | "">("span", "", ["", "1h", "6h", "24h", "7d"]);

/** Keeps the page's theme as it is set. */
export function followSettings(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
