import type { AlarmState } from "../domain/alarm.ts";
import { AlarmMark, markLookOf, priorityWords } from "./AlarmMark.tsx";
import { plainReason } from "./format.ts";
import { Indicator } from "./Indicator.tsx";
import type { Scale } from "./indicator.ts";
import { QualityLetter } from "./QualityLetter.tsx";
import type { Shown } from "./shown.ts";

export interface ValueRowProps {
  label: string;
  /** A second, small line: what belongs to the value ("in − out 8"). The reason takes its place where there is one. */
  sub?: string | undefined;
  shown: Shown;
  scale: Scale | null;
  /** The most urgent open alarm on this value. */
  alarm?: AlarmState | null;
  setPoint?: number | null;
}

/** One value with its name, unit, indicator, age and quality; its alarm's mark before it. */
export function ValueRow({ label, sub, shown, scale, alarm = null, setPoint = null }: ValueRowProps) {
  const look = alarm === null ? null : markLookOf(alarm.state);
  const note = shown.letter === null ? sub : (shown.reason ?? sub);
  // A value that is merely missing or stands still has passed no limit: its mark says enough.
  const flagged =
    alarm !== null && alarm.condition !== "quality" && (look === "unacknowledged" || look === "acknowledged");
  return (
    <li class="valuerow">
      <span class="mk">
        {alarm !== null && look !== null && (
          <AlarmMark
            priority={alarm.priority}
            look={look}
            size={25}
            label={`${priorityWords[alarm.priority]}, ${alarm.state}`}
          />
        )}
      </span>
      <span class="name">
        <span title={label}>{label}</span>
        {note !== undefined && <small title={note}>{plainReason(note)}</small>}
      </span>
      <ValueBox shown={shown} priority={flagged ? alarm.priority : null} acknowledged={look === "acknowledged"} />
      <span class="unit">{shown.unit}</span>
      <Indicator shown={shown} scale={scale} priority={flagged ? alarm.priority : null} setPoint={setPoint} />
      <span class="age">
        <QualityLetter letter={shown.letter} />
        {shown.age}
      </span>
    </li>
  );
}

/** The digits: boxed in the alarm's colour, ringed when acknowledged, dotted when uncertain, hatched when stale. */
export function ValueBox({
  shown,
  priority,
  acknowledged,
}: {
  shown: Shown;
  priority: number | null;
  acknowledged: boolean;
}) {
  const box = priority === null ? "" : ` p${priority} ${acknowledged ? "ringed" : "boxed"}`;
  const letter = shown.letter === null ? "" : ` is${shown.letter}`;
  return (
    <span
      class={`value${box}${letter}`}
      title={shown.raw !== null && shown.letter === "B" ? `read: ${shown.raw}` : undefined}
    >
      {shown.text}
    </span>
  );
}
