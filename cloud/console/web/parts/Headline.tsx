import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { RigTag } from "../../../../shared/domain/api-rigs.ts";
import { AlarmMark, markLookOf } from "../../../../shared/ui/AlarmMark.tsx";
import { headText } from "../../../../shared/ui/alarm-words.ts";
import { alarmOf, sorted } from "../../../../shared/ui/alarms.ts";
import { numberText, spanText, type Zone } from "../../../../shared/ui/format.ts";
import { QualityLetter } from "../../../../shared/ui/QualityLetter.tsx";
import { displayOf, type System } from "../../../../shared/ui/units.ts";
import { ValueBox } from "../../../../shared/ui/ValueRow.tsx";
import { headlines } from "../panels.ts";
import type { Present } from "../rig-live.ts";
import { officeShown } from "../shown-value.ts";
import { boxOf } from "../tag-alarm.ts";

export interface HeadlineProps {
  alarms: readonly AlarmState[];
  /** The alarms are of now, or were when the server was heard last. */
  told: boolean;
  /** The office server is silent. */
  cut: boolean;
  seenAt: number | null;
  tags: readonly RigTag[];
  values: ReadonlyMap<string, Present>;
  now: number;
  zone: Zone;
  system: System;
  lost: boolean;
}

/** The worst alarm of the rig and the few values that every reader wants first. */
export function Headline(props: HeadlineProps) {
  const { tags } = props;
  const score = tags.find(({ unit, limits }) => unit === "score" && limits.h !== undefined);
  return (
    <div class="headline">
      <Worst {...props} />
      <div class="figures">
        {headlines.map(({ name, label, unit }) => (
          <Figure key={name} {...props} tag={tags.find((tag) => tag.name === name) ?? null} label={label} unit={unit} />
        ))}
        {score !== undefined && <Figure {...props} tag={score} label="Anomaly" unit="score" />}
      </div>
    </div>
  );
}

function Worst({ alarms, told, cut, seenAt, now, zone }: HeadlineProps) {
  const alarm = sorted(alarms)[0];
  if (!told)
    return (
      <div class="worst quiet" role="status">
        <span>
          <b>Alarms not known{seenAt === null ? "" : ` since ${zone.time(seenAt)}`}</b>
          <small>{alarm === undefined ? "None was open then" : `Last known: ${headText(alarm)}, ${alarm.state}`}</small>
        </span>
      </div>
    );
  if (alarm === undefined)
    return (
      <div class="worst quiet" role="status">
        <span>
          <b>{cut ? "Last known: no open alarms" : "No open alarms"}</b>
        </span>
      </div>
    );
  if (cut)
    return (
      <div class="worst quiet" role="status">
        <AlarmMark priority={alarm.priority} look="off" size={26} label={`Priority ${alarm.priority}`} />
        <span>
          <b>{headText(alarm)}</b>
          <small>last known: {alarm.state}</small>
        </span>
      </div>
    );
  const loud = alarm.state === "unacknowledged" && alarm.priority <= 2;
  return (
    <div class="worst" role={loud ? "alert" : "status"}>
      <span class={alarm.state === "unacknowledged" ? `prio p${alarm.priority}` : "prio"}>
        <AlarmMark
          priority={alarm.priority}
          look={markLookOf(alarm.state)}
          size={26}
          label={`Priority ${alarm.priority}`}
        />
      </span>
      <span>
        <b>{headText(alarm)}</b>
        <small aria-hidden="true">
          {alarm.state} at the rig, {spanText(now - alarm.raisedAt)}
        </small>
      </span>
    </div>
  );
}

type FigureProps = HeadlineProps & { tag: RigTag | null; label: string; unit: string };

function Figure({ tag, label, unit, values, alarms, now, system, lost }: FigureProps) {
  const shown = officeShown(tag, tag === null ? null : (values.get(tag.tag) ?? null), now, system, lost);
  const limit = unit === "score" && tag?.limits.h !== undefined ? ` limit ${numberText(tag.limits.h.at, 2)}` : "";
  return (
    <div class="figurebox" title={shown.reason ?? undefined}>
      <span class="label">
        {label} <QualityLetter letter={shown.letter} /> <small class="age">{shown.age}</small>
      </span>
      <span>
        <ValueBox
          shown={shown}
          {...boxOf(tag === null || lost ? null : alarmOf(alarms, tag.tag, tag.name), shown.text)}
        />
        <span class="unit">
          {tag === null ? displayOf(unit, system).unit : shown.unit}
          {limit}
        </span>
      </span>
    </div>
  );
}
