import { effect, signal } from "@preact/signals";
import { remembered } from "../../../shared/ui/remembered.ts";
import type { System } from "../../../shared/ui/units.ts";

export type Theme = "light" | "dark";
/** The panel's diagonal, set once at install: on a small one everything is drawn a quarter larger, so that a touch stays 12 mm. */
export type Panel = "12 inch" | "10 inch";
export type Layout = "phone" | "small" | "wide";

export const theme = remembered<Theme>("theme", "light", ["light", "dark"]);
export const panel = remembered<Panel>("panel", "12 inch", ["12 inch", "10 inch"]);
export const system = remembered<System>("units", "field", ["field", "si"]);
export const layout = signal<Layout>("wide");

function fit() {
  const scale = panel.value === "10 inch" ? 1.25 : 1;
  const width = window.innerWidth / scale;
  const height = window.innerHeight / scale;
  document.documentElement.style.setProperty("zoom", String(scale));
  layout.value = width < 700 ? "phone" : width < 1_200 || height < 720 ? "small" : "wide";
  document.documentElement.dataset.layout = layout.value;
}

/** Keeps the page's theme, size and layout as they are set. */
export function followSettings(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
  effect(fit);
  window.addEventListener("resize", fit);
}
