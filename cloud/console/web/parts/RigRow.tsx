import type { LatestReading } from "../../../../shared/domain/api-latest.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { AlarmMark, markLookOf, priorityWords } from "../../../../shared/ui/AlarmMark.tsx";
import { headText } from "../../../../shared/ui/alarm-words.ts";
import { CoverageBand } from "../../../../shared/ui/CoverageBand.tsx";
import { ageText, NOTHING, numberText, signedText, spanText, type Zone } from "../../../../shared/ui/format.ts";
import { QualityLetter } from "../../../../shared/ui/QualityLetter.tsx";
import { Sparkline } from "../../../../shared/ui/Sparkline.tsx";
import { displayOf, type System } from "../../../../shared/ui/units.ts";
import type { Drilled } from "../drilled.ts";
import { behindBy, isBehind, isTold, shownAlarm, stateWords } from "../fleet-order.ts";
import { bandLabel, bandSpans, withSilence } from "../spans.ts";

const dayMs = 86_400_000;

export interface RigRowProps {
  rig: RigSummary;
  /** null while it is read. */
  drilled: Drilled | null;
  now: number;
  /** The office server is silent: all is as it was known last. */
  lost: boolean;
  zone: Zone;
  system: System;
}

/** One rig: what it does, how deep, what is wrong, and how much of its last day is here. A silent one is grey and says as of when. */
export function RigRow(props: RigRowProps) {
  const { rig, lost } = props;
  return (
    <li class={`rigrow${rig.online && !lost ? "" : " silent"}`}>
      <a href={`/rigs/${rig.rig}`}>
        <span class="c name">
          <b>{rig.name}</b>
          <small>{rig.well ?? "no well"}</small>
        </span>
        <State {...props} />
        <Depth {...props} />
        <Depths {...props} />
        <Alarm {...props} />
        <Complete {...props} />
        <span class="c lag">
          {rig.online ? (
            rig.lagMs === null || lost ? (
              NOTHING
            ) : (
              lagText(rig.lagMs)
            )
          ) : rig.connected ? (
            NOTHING
          ) : (
            <b>no link</b>
          )}
        </span>
      </a>
    </li>
  );
}

function State({ rig, zone, lost }: RigRowProps) {
  if (rig.seenAt === null) return <Cell name="state" main="Nothing came yet" />;
  if (rig.connected && !lost) return <Cell name="state" main="Reads no values" sub="connected" />;
  if (!rig.online || lost)
    return (
      <span class="c state">
        <span>
          Not known <QualityLetter letter="S" />
        </span>
        <small>{rig.state === null ? `as of ${zone.time(rig.seenAt)}` : `was ${rig.state}`}</small>
      </span>
    );
  const simulated = rig.origin === "simulated" ? "simulated" : "";
  return rig.state === null || rig.state === "unknown" ? (
    <Cell name="state" main="Not known" sub={simulated} />
  ) : (
    <Cell name="state" main={stateWords(rig.state)} sub={simulated} />
  );
}

function Cell({ name, main, sub = "" }: { name: string; main: string; sub?: string }) {
  return (
    <span class={`c ${name}`}>
      <span>{main}</span>
      <small>{sub}</small>
    </span>
  );
}

/** A reading this old is not how deep the hole is now. */
const staleMs = 15_000;

function Depth({ rig, now, zone, system, lost }: RigRowProps) {
  const { depth, rop } = rig;
  const stale = lost || !rig.online || (depth !== null && now - depth.at > staleMs);
  const letter =
    depth === null ? "N" : depth.quality === "bad" ? "B" : stale ? "S" : depth.quality === "uncertain" ? "U" : null;
  const display = displayOf("ft", system);
  const asOf = depth !== null && stale ? `as of ${zone.time(depth.at)}` : null;
  return (
    <span class="c depth">
      <span class="figure">
        {rig.online && <QualityLetter letter={letter} />}
        <b>{digits(depth, display)}</b> <span class="unit">{display.unit}</span>
      </span>
      <small>{asOf ?? rate(rop, system)}</small>
    </span>
  );
}

function digits(reading: LatestReading | null, { factor, decimals }: { factor: number; decimals: number }): string {
  if (reading === null || reading.quality === "bad" || typeof reading.value !== "number") return NOTHING;
  return numberText(reading.value * factor, decimals);
}

function rate(rop: LatestReading | null, system: System): string {
  const display = displayOf("ft/h", system);
  const doubt = rop?.quality === "uncertain" ? " uncertain" : rop?.quality === "bad" ? " bad" : "";
  return `${digits(rop, display)} ${display.unit}${doubt}`;
}

function Depths({ rig, drilled, system }: RigRowProps) {
  const { unit, factor } = displayOf("ft", system);
  const change = drilled?.change ?? null;
  return (
    <span class="c drilled">
      {drilled === null ? (
        <small class="reading">reading history</small>
      ) : (
        <>
          <span class="sparkbox">
            <Sparkline
              values={drilled.values}
              width={56}
              height={22}
              stale={!rig.online}
              label="Hole depth in 24 h"
              empty="no values in 24 h"
            />
          </span>
          {change !== null && (
            <small>
              {signedText(change * factor, 0)} {unit}
            </small>
          )}
        </>
      )}
    </span>
  );
}

function Alarm({ rig, now, zone, lost }: RigRowProps) {
  const alarm = shownAlarm(rig);
  if (!isTold(rig))
    return (
      <Cell name="alarm none" main={rig.seenAt === null ? "Not known" : `Not known since ${zone.time(rig.seenAt)}`} />
    );
  if (alarm === null) return <Cell name="alarm none" main={lost ? "last known: none" : "none"} />;
  const needs = !lost && alarm.state !== "acknowledged";
  return (
    <span class={`c alarm${needs ? " needs" : ""}`}>
      <AlarmMark
        priority={alarm.priority}
        look={lost ? "off" : markLookOf(alarm.state)}
        size={24}
        label={`${priorityWords[alarm.priority]}, ${alarm.state}`}
      />
      <span class="alarmtext">
        <span>{headText(alarm)}</span>
        <small>
          {lost ? (
            `last known: ${alarm.state}`
          ) : (
            <>
              <span class="life">{alarm.state}, </span>
              {spanText(now - alarm.raisedAt)}
            </>
          )}
        </small>
      </span>
    </span>
  );
}

function Complete({ rig, now, zone }: RigRowProps) {
  const behind = behindBy(rig, now);
  const told = withSilence(rig.coverage, rig, zone.minute);
  return (
    <span class={`c complete${isBehind(rig, now) ? " behind" : ""}`}>
      <CoverageBand
        from={now - dayMs}
        to={now}
        spans={bandSpans(told.spans, zone.minute)}
        label={`Last 24 h: ${bandLabel(told)}`}
      />
      <small>
        <b title={zone.offset(now)}>{rig.completeTo === null ? "not known" : timeOrDay(rig.completeTo, now, zone)}</b>
        {behind !== null && isBehind(rig, now) && ` ${spanText(behind)} behind`}
        {!isTold(rig) && <span class="why">, no link</span>}
      </small>
    </span>
  );
}

function lagText(ms: number): string {
  return ms < 100 ? "< 0.1 s" : ageText(ms);
}

function timeOrDay(at: number, now: number, zone: Zone): string {
  return now - at < dayMs / 2 ? zone.time(at) : `${zone.day(at)} ${zone.minute(at)}`;
}
