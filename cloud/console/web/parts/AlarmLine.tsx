import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { AlarmMark, markLookOf, priorityWords } from "../../../../shared/ui/AlarmMark.tsx";
import { limitText, valueText } from "../../../../shared/ui/alarms.ts";
import { spanText, type Zone } from "../../../../shared/ui/format.ts";
import type { System } from "../../../../shared/ui/units.ts";

export interface AlarmLineProps {
  alarm: AlarmState;
  /** The rig's name with its address; absent on the rig's own page. */
  rig?: { name: string; href: string };
  /** null while the rig reports; else when it last did. */
  knownAt: number | null;
  /** The score as it is now, with its quality; absent where that is not at hand. */
  live?: string | undefined;
  now: number;
  zone: Zone;
  system: System;
}

/** One alarm, to read: acknowledging is the rig's. Of a silent rig it is grey and says since when nothing is known. */
export function AlarmLine({ alarm, rig, knownAt, live, now, zone, system }: AlarmLineProps) {
  const needs = knownAt === null && (alarm.state === "unacknowledged" || alarm.state === "returned");
  const raised = alarm.condition === "score" ? "at raise " : "";
  const who =
    alarm.state === "acknowledged" && alarm.acknowledgedBy !== null
      ? ` by ${alarm.acknowledgedBy}${alarm.acknowledgedAt === null ? "" : ` at ${zone.time(alarm.acknowledgedAt)}`}`
      : "";
  return (
    <li class={`alarmline${needs ? " needs" : ""}`}>
      <AlarmMark
        priority={alarm.priority}
        look={knownAt === null ? markLookOf(alarm.state) : "off"}
        size={24}
        label={`${priorityWords[alarm.priority]} priority`}
      />
      {rig !== undefined && <a href={rig.href}>{rig.name}</a>}
      <span class="what">
        <b>{alarm.text}</b>
        <small>
          {knownAt === null
            ? `${alarm.state}${who}${alarm.cannotJudge ? ", cannot be judged now" : ""}`
            : `not known since ${zone.time(knownAt)}, was ${alarm.state}`}
        </small>
      </span>
      <span class="much">
        <b>{live ?? `${raised}${valueText(alarm, system)}`}</b>
        <small>
          {live !== undefined && `${raised}${valueText(alarm, system)}, `}
          {limitText(alarm, system)}
        </small>
      </span>
      <span class="when">
        <b>{zone.time(alarm.raisedAt)}</b>
        <small>
          {zone.day(alarm.raisedAt)}
          {knownAt === null && `, ${spanText(now - alarm.raisedAt)}`}
        </small>
      </span>
    </li>
  );
}
