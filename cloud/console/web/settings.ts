import { effect } from "@preact/signals";
import { remembered } from "../../../shared/ui/remembered.ts";
import type { System } from "../../../shared/ui/units.ts";
import type { LengthName } from "./span.ts";

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
