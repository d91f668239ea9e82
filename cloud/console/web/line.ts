import { computed, signal } from "@preact/signals";
import type { Live } from "../../../shared/ui/live.ts";
import { silentFor } from "./fleet.ts";

/** The socket of the rig that is looked at; null on pages without one. */
export const line = signal<Live | null>(null);

/** How long the office server has been silent, by the socket where there is one; null while it answers. */
export const serverSilent = computed(() => (line.value === null ? silentFor.value : line.value.silentFor.value));

/** Lets the line look after itself; call once a second. */
export function lineSecond(): void {
  line.value?.tick();
}
