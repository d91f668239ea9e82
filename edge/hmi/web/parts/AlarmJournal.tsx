import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { AlarmMark, markLookOf } from "../../../../shared/ui/AlarmMark.tsx";
import { changeText, headText, valueText } from "../../../../shared/ui/alarm-words.ts";
import { scrollable } from "../../../../shared/ui/scrollable.ts";
import type { System } from "../../../../shared/ui/units.ts";

const MOST = 200;

/** Every change of an alarm in the last eight hours, the newest first. */
export function AlarmJournal({
  changes,
  trouble,
  timeText,
  system,
}: {
  changes: readonly AlarmState[] | null;
  trouble: string | null;
  timeText: (at: number) => string;
  system: System;
}) {
  if (changes === null)
    return <p class="none">{trouble === null ? "reading the journal" : `The journal cannot be read: ${trouble}`}</p>;
  const newest = changes.slice(-MOST).reverse();
  return (
    <ul class="scroll journal" {...scrollable} aria-label="Changes of alarms, the newest first">
      {newest.map((change) => (
        <li key={`${change.alarm}${change.changedAt}${change.state}`}>
          <span>{timeText(change.changedAt)}</span>
          <AlarmMark
            priority={change.priority}
            look={change.state === "normal" ? "off" : markLookOf(change.state)}
            size={22}
          />
          <span>{headText(change)}</span>
          <span class="label">{changeText(change)}</span>
          <b>{valueText(change, system)}</b>
        </li>
      ))}
      {newest.length === 0 && <li class="none">No alarm changed in the last 8 h</li>}
      {changes.length > MOST && <li class="none">{changes.length - MOST} older ones are not shown</li>}
    </ul>
  );
}
