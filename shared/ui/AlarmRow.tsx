import type { AlarmState } from "../domain/alarm.ts";
import { AlarmMark, markLookOf, priorityWords } from "./AlarmMark.tsx";
import { headText, limitText, momentText, type Present, stateText, thenText, valueText } from "./alarm-words.ts";
import { NOTHING, spanText } from "./format.ts";
import type { System } from "./units.ts";

export interface AlarmRowProps {
  alarm: AlarmState;
  chosen: boolean;
  /** Wall time, ms. */
  now: number;
  timeText: (at: number) => string;
  system: System;
  /** Its value as it is now; null where none is known. */
  valueNow: Present | null;
  choose: () => void;
  /** Why it cannot be acknowledged here and now; null when it can. */
  off: string | null;
  sending: boolean;
  acknowledge: () => void;
  /** Asks for how long and why; null where its priority is never shelved. */
  shelve: (() => void) | null;
  /** What stands in place of its act while that does not count, since the alarm has just changed; null where it does. */
  still?: string | null;
  /** Nothing judges it now: grey, as it was last known, without an act. */
  notJudged?: boolean;
  /** Its place among those that belong together: 1 is first out; null where it stands alone. */
  place?: number | null;
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
  shelve,
  still = null,
  notJudged = false,
  place = null,
}: AlarmRowProps) {
  const then = thenText(alarm, system);
  const needs = !notJudged && (alarm.state === "unacknowledged" || alarm.state === "returned");
  return (
    <li data-alarm={alarm.alarm} class={`alarmrow${chosen ? " chosen" : ""}${needs ? " needs" : ""}`}>
      <button type="button" class="rowmain" aria-pressed={chosen} onClick={choose}>
        <AlarmMark
          priority={alarm.priority}
          look={notJudged ? "off" : markLookOf(alarm.state)}
          label={`${priorityWords[alarm.priority]} priority`}
          size={30}
        />
        <span class="what">
          <b>{headText(alarm)}</b>
          <small>
            {notJudged && <b>Not judged now. </b>}
            {stateText(alarm, timeText)}
            {place !== null && <b>, {placeWord(place)}</b>}
          </small>
        </span>
        <span class="much">
          <b>{valueNow === null ? (then === null ? NOTHING : valueText(alarm, system)) : `now ${valueNow.text}`}</b>
          <small>
            {valueNow === null && then !== null && `${momentText(alarm)}, `}
            {valueNow?.against ?? limitText(alarm, system)}
            {valueNow !== null && then !== null && `, ${then}`}
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
        {needs ? (
          <ActButton
            word={sending ? "Sending" : (still ?? "Ack")}
            about={headText(alarm)}
            main={chosen}
            off={off}
            sending={sending || still !== null}
            act={acknowledge}
          />
        ) : (
          !notJudged &&
          alarm.state === "acknowledged" &&
          shelve !== null && (
            <ActButton
              word={still ?? "Shelve"}
              about={headText(alarm)}
              main={false}
              off={off}
              sending={sending || still !== null}
              act={shelve}
            />
          )
        )}
      </span>
    </li>
  );
}

interface ActButtonProps {
  word: string;
  /** What it acts on, for those who hear it. */
  about: string;
  main: boolean;
  off: string | null;
  sending: boolean;
  act: () => void;
}

/** The act of a row. */
export function ActButton({ word, about, main, off, sending, act }: ActButtonProps) {
  return (
    <button
      type="button"
      class={main ? "main" : ""}
      disabled={off !== null || sending}
      title={off ?? undefined}
      onClick={act}
    >
      {word}
      <span class="hidden"> {about}</span>
    </button>
  );
}

const placeWords = ["", "first out", "second", "third"];

function placeWord(place: number): string {
  return placeWords[place] ?? `number ${place}`;
}
