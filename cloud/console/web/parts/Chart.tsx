import { useMemo } from "preact/hooks";
import type { CoverageSpan } from "../../../../shared/domain/api-coverage.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { ageText, spanText } from "../../../../shared/ui/format.ts";
import { labelFits } from "../../../../shared/ui/label-fits.ts";
import { mayAsk } from "../asking.ts";
import { panels } from "../panels.ts";
import { whyNotAsked } from "../request-words.ts";
import { firstData, gapsOf, spanWords } from "../spans.ts";
import { laneWords } from "../spots.ts";
import { CoverageLane } from "./CoverageLane.tsx";
import type { ChartProps } from "./chart-props.ts";
import { EventsLane } from "./EventsLane.tsx";
import { PanelRow } from "./PanelRow.tsx";

/** Four panels, events and coverage over one axis of time. */
export function Chart(props: ChartProps) {
  const { bounds, past, zone, ticks, told, setCursor } = props;
  const { spans } = told;
  const { from, edge } = bounds;
  const share = (at: number) => ((at - from) / (edge - from)) * 100;
  const fits = (at: number) => labelFits(share(at));
  const point = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = from + ((event.clientX - left) / width) * (edge - from);
    setCursor(at >= from && at <= bounds.to ? at : null);
  };
  const gaps = useMemo(
    () =>
      gapsOf(spans)
        .filter(
          (gap) => gap.to - gap.from > Math.max(5_000, past.grid?.stepMs ?? 0) && gap.to > from && gap.from < bounds.to,
        )
        .map((gap) => ({
          from: gap.from,
          to: Math.min(gap.to, bounds.to),
          words: gapWords(gap, props.rig),
          title: titleOf(gap, props.rig),
        })),
    [spans, from, bounds.to, past.grid?.stepMs],
  );
  return (
    <div class="chart">
      <ChartHead {...props} />
      {panels.map((plan, i) => (
        <PanelRow key={plan.title} {...props} plan={plan} first={i === 0} gaps={gaps} point={point} />
      ))}
      <EventsLane
        from={from}
        edge={edge}
        rows={props.events}
        alarms={props.alarms}
        runs={props.runs}
        zone={zone}
        system={props.system}
      />
      <span class="lanename events">
        Events
        <small>{laneWords}</small>
      </span>
      <CoverageLane
        from={from}
        to={bounds.to}
        live={props.live}
        edge={edge}
        told={told}
        completeTo={props.rig.completeTo}
        zone={zone}
      />
      <span class="lanename">
        Coverage
        {mayAsk() &&
          gapsOf(spans.slice(firstData(spans) === null ? 0 : 1)).some((gap) => whyNotAsked(gap, true) === null) && (
            <a href={`/rigs/${props.rig.rig}/coverage`}>Ask for gaps</a>
          )}
      </span>
      <div class="ticks" aria-hidden="true">
        {ticks.filter(fits).map((at) => (
          <span key={at} style={{ left: `${share(at)}%` }}>
            {edge - from > 2 * 86_400_000 ? zone.day(at).split(" ").slice(1).join(" ") : zone.minute(at)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** "Not known" says more where it is plain why: before the rig's first data, or since it is silent. */
function gapWords(gap: CoverageSpan, { online, connected, seenAt }: RigSummary): string {
  if (gap.kind !== "not known") return spanWords(gap);
  if (!online && seenAt !== null && gap.to > seenAt)
    return connected ? "The rig box reads nothing" : "Not known, no link";
  return "Nothing is known of this time";
}

/** The whole of it, for those who point at it. */
function titleOf(gap: CoverageSpan, rig: RigSummary): string {
  return gap.reason === "" ? gapWords(gap, rig) : spanWords(gap);
}

function ChartHead({ past, offset, now, values, cursor, zone, live, lost, rig }: ChartProps) {
  const step =
    past.grid === null
      ? ""
      : ` Each point is the mean of ${spanText(past.grid.stepMs)}, its lowest and highest behind it.`;
  const newest = Math.max(...[...values.values()].map(({ seen }) => seen));
  const age = Number.isFinite(newest) ? `, ${ageText(now - newest)} old` : "";
  const asOf = lost && rig.seenAt !== null ? `as of ${zone.time(rig.seenAt)}` : `now${age}`;
  return (
    <>
      <p class="charthead">
        {live ? "Live and history on one axis" : "History"}, {offset === "UTC" ? "UTC" : `rig time ${offset}`}.{step}{" "}
        Gaps are never joined.
      </p>
      <p class="valuehead">
        <span>
          {!lost && <span class="more">value </span>}
          {asOf}
        </span>
        {cursor !== null && (
          <b>
            <span class="more">at </span>
            {zone.time(cursor)}
          </b>
        )}
      </p>
    </>
  );
}
