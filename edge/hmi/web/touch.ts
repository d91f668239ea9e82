import { signal } from "@preact/signals";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { changeSince, type Order, stillIn } from "./still.ts";
import { alarms } from "./store.ts";

/** For so long after a touch nothing moves or changes its meaning under the finger. */
const STILL_MS = 2_000;

/** The alarms as they were shown when the finger came; null while there is none. */
const held = signal<readonly AlarmState[] | null>(null);

/** The alarms in this order; while a finger is near those that it saw as they were, and what came since behind them. */
export function still(order: Order): readonly AlarmState[] {
  return stillIn(order, held.value, alarms.value);
}

/** What stands in place of an act that does not count now, since its alarm is not as the finger saw it; null where it is. */
export function whyStill(shown: AlarmState): string | null {
  return changeSince(shown, held.value, alarms.value);
}

/** Keeps what is shown still from each touch until 2 s after it. */
export function followTouch(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const touched = () => {
    // Not renewed by a further touch: what came meanwhile stays new.
    held.value ??= alarms.peek();
    clearTimeout(timer);
    timer = setTimeout(() => {
      held.value = null;
    }, STILL_MS);
  };
  for (const name of ["pointerdown", "pointerup"]) window.addEventListener(name, touched, { capture: true });
}
