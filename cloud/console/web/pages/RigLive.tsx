import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CoverageAnswer } from "../../../../shared/domain/api-coverage.ts";
import type { EventsAnswer } from "../../../../shared/domain/api-events.ts";
import type { HistoricalAnswer } from "../../../../shared/domain/api-history.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { bucketNumbers } from "../../../../shared/domain/series.ts";
import type { Zone } from "../../../../shared/ui/format.ts";
import { NotUpToDate } from "../../../../shared/ui/NotUpToDate.tsx";
import { useAsked } from "../asked.ts";
import { aheadOf, timeTicks } from "../axis.ts";
import { now } from "../clock.ts";
import { trouble } from "../fleet.ts";
import { isTold } from "../fleet-order.ts";
import { valueAt } from "../grid.ts";
import { useKeys } from "../keys.ts";
import { charted, stateTag } from "../panels.ts";
import { Brush } from "../parts/Brush.tsx";
import { Chart } from "../parts/Chart.tsx";
import { Headline } from "../parts/Headline.tsx";
import { usePast } from "../past.ts";
import type { RigLive, Taker } from "../rig-live.ts";
import { system, theme, times } from "../settings.ts";
import { boundsOf, type TimeSpan, weekMs } from "../span.ts";
import { withSilence } from "../spans.ts";
import { certainSince, type Doing, type StateRun, stateRuns } from "../states.ts";

interface RigLivePageProps {
  rig: RigSummary;
  live: RigLive;
  taker: Taker;
  /** Told which state goes on and since when, as far as the shown history tells. */
  tell: (doing: Doing | null) => void;
  zone: Zone;
  span: TimeSpan;
  choose: (span: TimeSpan) => void;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Live and history on one axis, what happened, and whether all of it is here. */
export function RigLivePage({ rig, live, taker, tell, zone, span, choose }: RigLivePageProps) {
  const tags = live.tags.value;
  const byName = useMemo(() => new Map(tags.map((tag) => [tag.name, tag])), [tags]);
  const cut = live.line.silentFor.value !== null;
  const lost = cut || !rig.online;
  const box = useRef<HTMLDivElement>(null);
  const points = usePoints(box);
  const wanted = charted.filter((name) => byName.has(name)).join();
  const { past, take } = usePast(rig.rig, wanted, span, points, live.pictures.value);
  useEffect(() => {
    taker.current = take;
    return () => {
      taker.current = () => {};
    };
  });
  const stepMs = past.grid?.stepMs ?? 10_000;
  // The axis moves on by parts of a point, not with every second of a long span.
  const pace = Math.max(1_000, Math.floor(stepMs / 4 / 1_000) * 1_000);
  const at = Math.floor(now.value / pace) * pace;
  const bounds = boundsOf(span, at);
  const [cursor, setCursor] = useCursor(bounds, stepMs);
  const minute = Math.floor(at / minuteMs) * minuteMs;
  const [known, coverageTrouble] = useSpans(rig, bounds, minute);
  const told = useMemo(() => withSilence(known, rig, zone.time), [known, rig.online, rig.connected, rig.seenAt, zone]);
  const events = useAsked<EventsAnswer>(eventsPath(rig.rig, bounds, minute), 15_000);
  const week = useWeek(rig.rig, byName.has("depth"), minute);
  const stateId = byName.get(stateTag)?.tag;
  const runs = past.grid === null || stateId === undefined ? [] : stateRuns(past.grid, stateId);
  useDoing(span.end === null ? runs.at(-1) : undefined, now.value - 2 * stepMs, stepMs, tell);
  const timeZone = times.value === "utc" ? "UTC" : rig.timeZone;
  return (
    <>
      <Headline
        alarms={live.alarms.value}
        told={isTold(rig)}
        cut={cut}
        seenAt={rig.seenAt}
        tags={tags}
        values={live.values.value}
        now={now.value}
        zone={zone}
        system={system.value}
        lost={lost}
      />
      {!cut && (
        <NotUpToDate
          parts={[
            ["history", past.trouble],
            ["events", events.trouble],
            ["coverage", coverageTrouble],
            ["the last 7 days", week.trouble],
          ]}
        />
      )}
      <section class="card chartcard">
        <div ref={box} class="measure" />
        <Chart
          rig={rig}
          past={past}
          tags={byName}
          values={live.values.value}
          alarms={cut || !isTold(rig) ? [] : live.alarms.value}
          bounds={bounds}
          live={span.end === null}
          now={now.value}
          lost={lost}
          ticks={timeTicks(bounds.from, bounds.to, points < 500 ? 4 : 7, aheadOf(timeZone, bounds.to))}
          cursor={cursor}
          setCursor={setCursor}
          valueAtCursor={(id) => (cursor === null || past.grid === null ? null : valueAt(past.grid, id, cursor))}
          told={told}
          events={events.answer?.data ?? []}
          runs={runs}
          zone={zone}
          offset={zone.offset(bounds.to)}
          system={system.value}
          theme={theme.value}
        />
        <Week
          depths={week.depths}
          depth={live.values.value.get(byName.get("depth")?.tag ?? "")?.value ?? null}
          span={span}
          minute={minute}
          zone={zone}
          timeZone={timeZone}
          choose={choose}
        />
      </section>
    </>
  );
}

/** A moment that the reader looks at: by the pointer, or moved by the arrow keys a point at a time, ten with Shift; Escape takes it away. */
function useCursor({ from, to }: { from: number; to: number }, stepMs: number) {
  const [cursor, setCursor] = useState<number | null>(null);
  const move = (by: number) => setCursor((before) => Math.min(to, Math.max(from, (before ?? to) + by * stepMs)));
  useKeys({
    ArrowLeft: ({ shiftKey }) => move(shiftKey ? -10 : -1),
    ArrowRight: ({ shiftKey }) => move(shiftKey ? 10 : 1),
    Escape: () => setCursor(null),
  });
  return [cursor !== null && cursor >= from && cursor <= to ? cursor : null, setCursor] as const;
}

/** Tells the last run of states where it still went on at `until`. */
function useDoing(
  last: StateRun | undefined,
  until: number,
  stepMs: number,
  tell: (doing: Doing | null) => void,
): void {
  const state = last !== undefined && last.to > until ? last.state : null;
  const since = last === undefined ? null : certainSince(last, stepMs);
  useEffect(() => tell(state === null ? null : { state, since }), [state, since]);
}

/** Coverage of what is shown: of the last day as the fleet tells it every few seconds, of older spans as asked. */
function useSpans(rig: RigSummary, { from, to }: { from: number; to: number }, minute: number) {
  const recent = from >= minute - dayMs;
  const path = `/rigs/${rig.rig}/coverage?start=${iso(floor(from))}&end=${iso(floor(to) + minuteMs)}`;
  const asked = useAsked<CoverageAnswer>(recent ? null : path);
  return recent ? ([rig.coverage, trouble.value] as const) : ([asked.answer?.data.spans ?? [], asked.trouble] as const);
}

function eventsPath(rig: string, { from, to }: { from: number; to: number }, minute: number): string {
  const end = to >= minute ? "" : `&end=${iso(floor(to) + minuteMs)}`;
  return `/rigs/${rig}/events?start=${iso(floor(from))}${end}&limit=300`;
}

/** Whole ten minutes, so that a moving span does not ask anew each second. */
const floor = (at: number) => Math.floor(at / (10 * minuteMs)) * 10 * minuteMs;
const iso = (at: number) => new Date(at).toISOString();

/** Hole depth of the last seven days by half hours; null until it is read. */
function useWeek(rig: string, has: boolean, minute: number) {
  // Its last half hour is the one that goes on.
  const start = floor(minute) + 10 * minuteMs - weekMs;
  const path = `/sensor-data/historical?rig_id=${rig}&tags=depth&start=${iso(start)}&end=${iso(start + weekMs)}&points=336`;
  const { answer, trouble } = useAsked<HistoricalAnswer>(has ? path : null, minuteMs);
  const series = answer?.data[0];
  const read = useMemo(() => (series?.form === "buckets" ? bucketNumbers(series, series.last) : null), [series]);
  return { depths: has ? read : [], trouble };
}

interface WeekProps {
  depths: ReturnType<typeof useWeek>["depths"];
  /** Hole depth as it was read last, ft. */
  depth: number | string | null;
  span: TimeSpan;
  minute: number;
  zone: Zone;
  timeZone: string;
  choose: (span: TimeSpan) => void;
}

function Week({ depths, depth, span, minute, zone, timeZone, choose }: WeekProps) {
  const ticks = timeTicks(minute - weekMs, minute - dayMs / 6, 7, aheadOf(timeZone, minute));
  return (
    <Brush
      depths={depths}
      newest={typeof depth === "number" ? depth : null}
      span={span}
      now={minute}
      zone={zone}
      ticks={ticks}
      system={system.value}
      choose={choose}
    />
  );
}

/** About one point a pixel of the plots' width. */
function usePoints(box: { current: HTMLElement | null }): number {
  const [points, set] = useState(0);
  useEffect(() => {
    const at = box.current;
    if (at === null) return;
    const observer = new ResizeObserver(() => set(Math.max(100, Math.round(at.clientWidth / 50) * 50)));
    observer.observe(at);
    return () => observer.disconnect();
  }, []);
  return points;
}
