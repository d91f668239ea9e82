import { useMemo } from "preact/hooks";
import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { HmiTag } from "../../../../shared/domain/hmi.ts";
import { alarmOf, asideOf } from "../../../../shared/ui/alarms.ts";
import { numberText, signedText, zoneOf } from "../../../../shared/ui/format.ts";
import { scaleOf } from "../../../../shared/ui/indicator.ts";
import { NotUpToDate } from "../../../../shared/ui/NotUpToDate.tsx";
import { StripChart } from "../../../../shared/ui/StripChart.tsx";
import { ValueRow } from "../../../../shared/ui/ValueRow.tsx";
import { DepthRibbon } from "../parts/DepthRibbon.tsx";
import { LastKnown } from "../parts/LastKnown.tsx";
import { ScorePanel } from "../parts/ScorePanel.tsx";
import { groups, indexOf, labelOf, named, tracks as wantedTracks } from "../rows.ts";
import { layout, system, theme } from "../settings.ts";
import { alarms, live, now, rig, score, state, tags } from "../store.ts";
import { BUCKET_MS, useStripHistory } from "../strip-history.ts";
import { marksOf, statesOf, tracksOf } from "../strip-tracks.ts";
import { shownAt, shownSensor } from "../values.ts";

/** The drilling overview: depth, twelve values in the driller's order, the last hour, the score. It never scrolls on a panel. */
export function Overview() {
  const lost = live.silentFor.value !== null;
  const history = useStripHistory(stripIds(), now.value.wall, lost);
  const block = shownSensor("block_position");
  return (
    <main class="overview" tabIndex={layout.value === "phone" ? 0 : undefined}>
      <DepthRibbon
        hole={shownSensor("depth").shown}
        bit={shownSensor("bit_depth").shown}
        block={block.shown}
        rop={shownSensor("rop").shown}
        state={state.value}
        top={topOf(history.tracks.get(block.tag?.id ?? "")?.high, block.shown.factor)}
      />
      <Rows lost={lost} />
      <Strip history={history} lost={lost} />
      {lost ? <LastKnown alarms={alarms.value} /> : <Score history={history} />}
    </main>
  );
}

function Rows({ lost }: { lost: boolean }) {
  const phone = layout.value === "phone";
  const groupsNow = phone ? [abnormalFirst()] : groups;
  return (
    <section class="card rows" aria-label="Values">
      {groupsNow.map((group) => (
        <ul class="group" key={group[0]}>
          {group.map((sensor) => (
            <Row sensor={sensor} key={sensor} lost={lost} />
          ))}
        </ul>
      ))}
    </section>
  );
}

function Row({ sensor, lost }: { sensor: string; lost: boolean }) {
  const { tag, shown } = shownSensor(sensor);
  const scale = useMemo(() => (tag === undefined ? null : scaleOf(tag.limits, shown.factor)), [tag, shown.factor]);
  const alarm = tag === undefined || lost ? null : alarmAt(tag);
  return <ValueRow label={labelOf(tag, sensor)} sub={subOf(sensor)} shown={shown} scale={scale} alarm={alarm} />;
}

/** What marks a value: its most urgent open alarm, else one that is put aside, which is grey and never hidden. */
function alarmAt({ id, name }: HmiTag): AlarmState | null {
  return alarmOf(alarms.value, id, name) ?? asideOf(alarms.value, id, name);
}

/** What belongs to a value and says more with it. */
function subOf(sensor: string): string | undefined {
  if (sensor === "flow_out") {
    const [flowIn, out] = [shownSensor("mud_flow").shown, shownSensor("flow_out").shown];
    if (flowIn.letter !== null || out.letter !== null || flowIn.value === null || out.value === null) return undefined;
    return `in − out ${numberText(flowIn.value - out.value, 0)}`;
  }
  if (sensor === "pit_volume") {
    const { value, letter, decimals } = shownSensor("pit_gain").shown;
    return value === null || letter !== null ? undefined : `gain ${signedText(value, decimals)}`;
  }
  return undefined;
}

/** On a phone what needs somebody comes first, then the driller's order. */
function abnormalFirst(): string[] {
  const all = groups.flat();
  const ranks = new Map(all.map((sensor) => [sensor, rankOf(sensor)]));
  return all.sort((one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0));
}

/** By the priority of its alarm, then what is not plainly good, then the rest. */
function rankOf(sensor: string): number {
  const { tag, shown } = shownSensor(sensor);
  const alarm = tag === undefined ? null : alarmOf(alarms.value, tag.id, tag.name);
  if (alarm !== null) return alarm.priority;
  return shown.letter !== null && shown.letter !== "N" ? 5 : 6;
}

function stripIds(): string[] {
  const wanted = [...wantedTracks.flatMap(({ pens }) => pens), "rig_state"];
  const ids = wanted.flatMap((name) => tags.value[indexOf(tags.value, name)]?.id ?? []);
  return score.value === null ? ids : [...ids, score.value.tag];
}

function Strip({ history, lost }: { history: ReturnType<typeof useStripHistory>; lost: boolean }) {
  const few = layout.value !== "wide";
  const zone = zoneOf(rig.value?.timeZone ?? "UTC");
  const stateTag = tags.value[indexOf(tags.value, "rig_state")]?.id ?? "";
  const { tracks, tagsOf: tracked } = useMemo(
    () => tracksOf(tags.value, history.tracks, system.value, few),
    [tags.value, history.tracks, system.value, few],
  );
  const states = useMemo(() => statesOf(history.tracks.get(stateTag), BUCKET_MS), [history.tracks, stateTag]);
  const marks = useMemo(() => marksOf(alarms.value, tracked, history.from), [alarms.value, tracked, history.from]);
  if (layout.value === "phone") return null;
  return (
    <section class="card stripcard" aria-label="Last hour">
      <StripChart
        from={history.from}
        to={history.to}
        tracks={tracks}
        states={states}
        marks={marks}
        dim={lost}
        theme={theme.value}
        timeText={zone.minute}
        label={`The last hour of ${tracks.flatMap(({ pens }) => pens.map((pen) => pen.label)).join(", ")}`}
        reading={history.tracks.size === 0}
      />
      {!lost && <NotUpToDate parts={[["history", history.trouble]]} />}
    </section>
  );
}

function Score({ history }: { history: ReturnType<typeof useStripHistory> }) {
  const index = tags.value.findIndex((tag) => tag.id === score.value?.tag);
  const { tag, shown } = shownAt(index);
  const limit = tag?.limits.h?.at ?? tag?.limits.hh?.at ?? null;
  const alarm = tag === undefined ? null : alarmAt(tag);
  const over =
    alarm !== null && shown.value !== null && limit !== null && shown.value > limit
      ? zoneOf(rig.value?.timeZone ?? "UTC").minute(alarm.raisedAt)
      : null;
  return (
    <ScorePanel
      score={score.value === null ? null : { ...score.value, evidence: named(score.value.evidence, tags.value) }}
      shown={tag === undefined ? null : shown}
      limit={limit}
      over={over}
      alarm={alarm}
      hour={history.tracks.get(tag?.id ?? "")?.high ?? null}
    />
  );
}

function topOf(high: readonly (number | null)[] | undefined, factor: number): number | null {
  const known = high?.filter((value) => value !== null) ?? [];
  return known.length === 0 ? null : Math.max(...known) * factor;
}
