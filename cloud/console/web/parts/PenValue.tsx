import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { NOTHING, numberText } from "../../../../shared/ui/format.ts";
import { QualityLetter } from "../../../../shared/ui/QualityLetter.tsx";
import type { Shown } from "../../../../shared/ui/shown.ts";
import { ValueBox } from "../../../../shared/ui/ValueRow.tsx";
import { boxOf } from "../tag-alarm.ts";

export interface PenValueProps {
  label: string;
  second: boolean;
  shown: Shown;
  /** The open alarm that marks the value. */
  alarm: AlarmState | null;
  /** Mean at the cursor, in the shown unit; undefined without a cursor. */
  atCursor: number | null | undefined;
}

/** What a pen stands for: its line, its value now with unit and quality, its value at the cursor. */
export function PenValue({ label, second, shown, alarm, atCursor }: PenValueProps) {
  return (
    <div class="penvalue">
      <svg viewBox="0 0 14 4" width="14" height="4" class={second ? "key second" : "key"} aria-hidden="true">
        <path d="M0 2H14" />
      </svg>
      <span class="penname">
        {label} <QualityLetter letter={shown.letter} />
        {shown.letter !== null && <small>{shown.letter === "S" ? shown.age : shown.reason}</small>}
      </span>
      <span class="penfigure">
        <ValueBox shown={shown} {...boxOf(alarm, shown.text)} />
        <span class="unit">{shown.unit}</span>
      </span>
      <span class="atcursor">
        {atCursor === undefined ? "" : atCursor === null ? NOTHING : numberText(atCursor, shown.decimals)}
      </span>
    </div>
  );
}
