import { signal } from "@preact/signals";
import type { Live } from "../../../shared/ui/live.ts";

/** The socket of the rig that is looked at; null on pages without one. */
export const line = signal<Live | null>(null);

/** Lets the line look after itself; call once a second. */
export function lineSecond(): void {
  line.value?.tick();
}
