import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { AlarmMark, markLookOf, priorityWords } from "../../../../shared/ui/AlarmMark.tsx";
import { headText, limitText, restText, shelvedBy, stateText, thenText } from "../../../../shared/ui/alarm-words.ts";
import { NOTHING, spanText, type Zone } from "../../../../shared/ui/format.ts";
import type { System } from "../../../../shared/ui/units.ts";

export interface AlarmLineProps {
  alarm: AlarmState;
  /** The rig's name with its address; absent on the rig's own page. */
  rig?: { name: string; href: string };
  /** null while the rig reports; else when it last did. */
  knownAt: number | null;
  /** The value as it is now, with its unit and quality; absent where that is not at hand. */
  live?: string | undefined;
  now: number;
  zone: Zone;
  system: System;
}

/** One alarm, to read: acknowledging and shelving are the rig's. Of a silent rig it is grey and says since when nothing is known. */
export function AlarmLine({ alarm, rig, knownAt, live, now, zone, system }: AlarmLineProps) {
  const needs = knownAt === null && (alarm.state === "unacknowledged" || alarm.state === "returned");
  const then = thenText(alarm, system);
  const by = shelvedBy(alarm);
  const state = `${stateText(alarm, zone.time)}${by === null ? "" : `. By ${by}`}`;
  return (
    <li class={`alarmline${needs ? " needs" : ""}${alarm.shelving === undefined ? "" : " aside"}`}>
      <AlarmMark
        priority={alarm.priority}
        look={knownAt === null ? markLookOf(alarm.state) : "off"}
        size={24}
        label={`${priorityWords[alarm.priority]} priority`}
      />
      {rig !== undefined && <a href={rig.href}>{rig.name}</a>}
      <span class="what">
        <b>{headText(alarm)}</b>
        <small>{knownAt === null ? state : `Not known since ${zone.time(knownAt)}, was: ${state}`}</small>
      </span>
      <span class="much">
        <b>{live ?? then ?? NOTHING}</b>
        <small>
          {live !== undefined && then !== null && `${then}, `}
          {limitText(alarm, system)}
        </small>
      </span>
      <When alarm={alarm} knownAt={knownAt} now={now} zone={zone} />
    </li>
  );
}

/** When it was raised and how long ago; of a shelved one until when and how long it still has. */
function When({ alarm, knownAt, now, zone }: Pick<AlarmLineProps, "alarm" | "knownAt" | "now" | "zone">) {
  if (alarm.shelving !== undefined) {
    return (
      <span class="when">
        <b>until {zone.minute(alarm.shelving.until)}</b>
        <small>{knownAt === null ? `${restText(alarm, now)} left` : zone.day(alarm.shelving.until)}</small>
      </span>
    );
  }
  return (
    <span class="when">
      <b>{zone.time(alarm.raisedAt)}</b>
      <small>
        {zone.day(alarm.raisedAt)}
        {knownAt === null && `, ${spanText(now - alarm.raisedAt)}`}
      </small>
    </span>
  );
}
