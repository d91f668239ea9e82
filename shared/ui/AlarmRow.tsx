import type { AlarmState } from "../domain/alarm.ts";
import { AlarmMark, markLookOf, priorityWords } from "./AlarmMark.tsx";
import { headText, isOpen, limitText, thenText } from "./alarms.ts";
import { NOTHING, spanText } from "./format.ts";
import type { System } from "./units.ts";

export interface AlarmRowProps {
  alarm: AlarmState;
  chosen: boolean;
  /** Wall time, ms. */
  now: number;
  timeText: (at: number) => string;
  system: System;
  /** Its value as it is now, with its unit; null where none is known. */
  valueNow: string | null;
  choose: () => void;
  /** Why it cannot be acknowledged here and now; null when it can. */
  off: string | null;
  sending: boolean;
  acknowledge: () => void;
  /** It was raised before all others that are open. */
  first?: boolean;
}

/** One alarm: mark, text and state, value and limit, when raised, and the act. */
export function AlarmRow({
  alarm,
  chosen,
  now,
  timeText,
  system,
  valueNow,
  choose,
  off,
  sending,
  acknowledge,
  first = false,
}: AlarmRowProps) {
  const then = thenText(alarm, system);
  const needs = alarm.state === "unacknowledged" || alarm.state === "returned";
  return (
    <li data-alarm={alarm.alarm} class={`alarmrow${chosen ? " chosen" : ""}${needs ? " needs" : ""}`}>
      <button type="button" class="rowmain" aria-pressed={chosen} onClick={choose}>
        <AlarmMark
          priority={alarm.priority}
          look={markLookOf(alarm.state)}
          label={`${priorityWords[alarm.priority]} priority`}
          size={30}
        />
        <span class="what">
          <b>{headText(alarm)}</b>
          <small>
            {stateText(alarm, timeText)}
            {first && ", first out"}
          </small>
        </span>
        <span class="much">
          <b>{valueNow === null ? (then ?? NOTHING) : `now ${valueNow}`}</b>
          <small>
            {valueNow !== null && then !== null && `${then}, `}
            {limitText(alarm, system)}
          </small>
        </span>
        <span class="when">
          <b>{timeText(alarm.raisedAt)}</b>
          <small>
            {alarm.state === "returned" ? `back ${timeText(alarm.changedAt)}` : spanText(now - alarm.raisedAt)}
          </small>
        </span>
      </button>
      <span class="act">
        {needs && isOpen(alarm) && (
          <button
            type="button"
            class={chosen ? "main" : ""}
            disabled={off !== null || sending}
            title={off ?? undefined}
            onClick={acknowledge}
          >
            {sending ? "Sending" : "Ack"}
            <span class="hidden"> {headText(alarm)}</span>
          </button>
        )}
      </span>
    </li>
  );
}

function stateText(alarm: AlarmState, timeText: (at: number) => string): string {
  const judged = alarm.cannotJudge ? ", cannot be judged now" : "";
  switch (alarm.state) {
    case "acknowledged":
      return `Acknowledged by ${alarm.acknowledgedBy ?? "someone"}${alarm.acknowledgedAt === null ? "" : ` ${timeText(alarm.acknowledgedAt)}`}${judged}`;
    case "returned":
      return `Returned, unacknowledged${judged}`;
    case "unacknowledged":
      return `Unacknowledged${judged}`;
    default:
      return `${alarm.state.charAt(0).toUpperCase()}${alarm.state.slice(1)} since ${timeText(alarm.changedAt)}`;
  }
}
