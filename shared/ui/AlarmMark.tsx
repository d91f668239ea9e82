import { useEffect } from "preact/hooks";
import type { AlarmLife } from "../domain/alarm.ts";

export const priorityWords = ["", "Critical", "High", "Medium", "Low"] as const;

const shapes = [
  "",
  "M3 3H25V25H3Z",
  "M14 2.5 26.5 25H1.5Z",
  "M14 1.5 26.5 14 14 26.5 1.5 14Z",
  "M14 2.2A11.8 11.8 0 1 1 13.99 2.2Z",
];
/** The triangle's middle lies lower than its box's. */
const digitY = ["", 18.6, 21.6, 18.6, 18.6];

export type MarkLook = "unacknowledged" | "acknowledged" | "returned" | "off";

/** How a state of ISA-18.2 is drawn: filled, outlined, dashed or grey. */
export function markLookOf(state: AlarmLife): MarkLook {
  return state === "unacknowledged" || state === "acknowledged" || state === "returned" ? state : "off";
}

export interface AlarmMarkProps {
  /** 1 critical to 4 low. */
  priority: number;
  look: MarkLook;
  size?: number;
  /** Spoken name; a mark that stands beside its words needs none. */
  label?: string;
}

/** Shape, number and colour of an alarm's priority; the fill says whether somebody has seen it. */
export function AlarmMark({ priority, look, size = 28, label }: AlarmMarkProps) {
  useEffect(() => (look === "unacknowledged" ? flash() : undefined), [look]);
  const spoken =
    label === undefined ? ({ "aria-hidden": true } as const) : ({ role: "img", "aria-label": label } as const);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label, or its words stand beside it
    <svg class={`mark p${priority} ${look}`} width={size} height={size} viewBox="0 0 28 28" {...spoken}>
      <path class="shape" d={shapes[priority] ?? shapes[4]} />
      {look === "acknowledged" && <path class="ring" d={shapes[priority] ?? shapes[4]} />}
      <text class="digit" x="14" y={digitY[priority] ?? 18.6}>
        {priority}
      </text>
    </svg>
  );
}

const HALF_MS = 500;
let flashing = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** All marks flash together, once a second, by one attribute of the page: an animation would cost a style a frame. Returns how to stop. */
function flash(): () => void {
  const root = document.documentElement;
  flashing += 1;
  timer ??= setInterval(() => root.toggleAttribute("data-flash"), HALF_MS);
  return () => {
    flashing -= 1;
    if (flashing > 0) return;
    clearInterval(timer);
    timer = undefined;
    root.removeAttribute("data-flash");
  };
}
