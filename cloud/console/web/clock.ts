import { signal } from "@preact/signals";
import { type Zone, zoneOf } from "../../../shared/ui/format.ts";
import { times } from "./settings.ts";

let ahead = 0;

/** The server's time, ms UTC: this machine's clock moved to what the server said last. */
export const serverNow = (): number => Date.now() + ahead;

/** The server's time at the last full second; ages and clocks are drawn from it. */
export const now = signal(serverNow());

/** Takes the server's word for its time. `within` is how coarse the word is, ms: a difference below it says nothing. */
export function hearTime(at: number, within: number): void {
  if (Number.isFinite(at) && Math.abs(at - serverNow()) > within) ahead = at - Date.now();
}

/** Starts the page's second; `each` is called with it. */
export function startSecond(each: () => void): void {
  setInterval(() => {
    now.value = serverNow();
    each();
  }, 1_000);
}

/** Times as the person wants them: the rig's own or UTC. */
export function zoneFor(timeZone: string): Zone {
  return zoneOf(times.value === "utc" ? "UTC" : timeZone);
}
