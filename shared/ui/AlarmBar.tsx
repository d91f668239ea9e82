import type { AlarmState } from "../domain/alarm.ts";
import { AlarmMark, priorityWords } from "./AlarmMark.tsx";
import { floodNow } from "./alarm-load.ts";
import { headText, limitText, type Present, thenText } from "./alarm-words.ts";
import { activeByPriority, mostUrgent, placeIn, related, type SourceOf } from "./alarms.ts";
import { NOTHING, spanText } from "./format.ts";
import type { System } from "./units.ts";

export interface AlarmBarProps {
  alarms: readonly AlarmState[];
  /** Wall time, ms. */
  now: number;
  timeText: (at: number) => string;
  system: System;
  /** Its value as it is now; null where none is known. */
  valueNow: (alarm: AlarmState) => Present | null;
  /** Device that a tag is read from. */
  sourceOf: SourceOf;
  sending: boolean;
  /** What stands in place of the act while that does not count, since the bar has just changed; null where it does. */
  stillWhy?: (alarm: AlarmState) => string | null;
  acknowledge: (alarm: AlarmState) => void;
  /** What came of the last try; null where nothing went wrong. */
  trouble: string | null;
}

/** The most urgent alarm that nobody has acknowledged, the counts by priority, and the act. Critical and high speak up, the rest wait their turn. */
export function AlarmBar(props: AlarmBarProps) {
  const { alarms, now, timeText, sending, acknowledge, trouble, stillWhy } = props;
  const urgent = mostUrgent(alarms);
  const still = urgent === null ? null : (stillWhy?.(urgent) ?? null);
  const loud = urgent !== null && urgent.priority <= 2;
  return (
    <section class={`alarmbar${urgent === null ? " quiet" : ""}`} aria-label="Alarms">
      {urgent !== null && (
        <span class={`prio p${urgent.priority}${urgent.state === "returned" ? " back" : ""}`}>
          <AlarmMark
            priority={urgent.priority}
            look={urgent.state === "returned" ? "returned" : "unacknowledged"}
            size={34}
          />
          <b>{priorityWords[urgent.priority]}</b>
        </span>
      )}
      <div class="text" role={loud ? "alert" : "status"}>
        {urgent === null ? (
          <strong>
            {alarms.some((alarm) => alarm.state === "acknowledged") ? "All alarms are acknowledged" : "No open alarms"}
          </strong>
        ) : (
          <strong>{headText(urgent)}</strong>
        )}
        {urgent !== null && (
          <span aria-hidden="true">
            {urgent.state === "returned" && <b>Returned {timeText(urgent.changedAt)}, </b>}
            <Values {...props} alarm={urgent} />
            <span class="more">
              <Group {...props} alarm={urgent} />
              <span class="clocktime">Raised {timeText(urgent.raisedAt)}, </span>
            </span>
            {spanText(now - urgent.raisedAt)} ago
          </span>
        )}
      </div>
      {trouble !== null && (
        <span class="trouble" role="alert">
          {trouble}
        </span>
      )}
      <PriorityCounts alarms={alarms} flood={floodNow(alarms, now)} />
      {urgent !== null && (
        <button type="button" class="main" disabled={sending || still !== null} onClick={() => acknowledge(urgent)}>
          {sending ? "Sending" : (still ?? <AckWord />)}
        </button>
      )}
    </section>
  );
}

/** The value now with what it stands against; that of the raising says so. */
function Values({ alarm, valueNow, system }: AlarmBarProps & { alarm: AlarmState }) {
  const [present, then] = [valueNow(alarm), thenText(alarm, system)];
  const against = present?.against ?? limitText(alarm, system);
  return (
    <>
      {present === null ? then !== null && <b>{then}</b> : <b>now {present.text}</b>}
      {(present !== null || then !== null) && ", "}
      <span class="more">{against}. </span>
    </>
  );
}

/** Which it is of those that belong together. */
function Group({ alarm, alarms, sourceOf }: AlarmBarProps & { alarm: AlarmState }) {
  const order = related(alarm, alarms, sourceOf);
  const place = placeIn(order, alarm);
  return place === null ? null : <span class="clocktime">{`${ordinal(place)} of ${order.length} in its group. `}</span>;
}

function ordinal(place: number): string {
  return ["", "First", "Second", "Third"][place] ?? `Number ${place}`;
}

function AckWord() {
  return (
    <>
      Ack<span class="long">nowledge</span>
    </>
  );
}

export interface PriorityCountsProps {
  /** null while nobody knows. */
  alarms: readonly AlarmState[] | null;
  flood?: number | null;
}

/** How many alarms of each priority are active; those with none are grey. In a flood it says so. */
export function PriorityCounts({ alarms, flood = null }: PriorityCountsProps) {
  const counts = alarms === null ? null : activeByPriority(alarms);
  const some = (priority: number) => (counts?.[priority] ?? 0) > 0;
  return (
    <div class="counts">
      {flood === null ? (
        <span class="label">Active, by priority</span>
      ) : (
        <b class="floodnow">Flood, {flood} in 10 min</b>
      )}
      <ul>
        {[1, 2, 3, 4].map((priority) => (
          <li key={priority} class={some(priority) ? "" : "zero"}>
            <AlarmMark
              priority={priority}
              look={some(priority) ? "unacknowledged" : "off"}
              size={23}
              label={priorityWords[priority] ?? ""}
            />
            <b>{counts?.[priority] ?? NOTHING}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
