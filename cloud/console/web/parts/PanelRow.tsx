import { useMemo } from "preact/hooks";
import { alarmOf } from "../../../../shared/ui/alarms.ts";
import { rangeOf } from "../../../../shared/ui/strip.ts";
import { type Display, displayOf, type System } from "../../../../shared/ui/units.ts";
import { badRuns } from "../bad-runs.ts";
import { type Drawn, drawn, type Grid } from "../grid.ts";
import { type PanelPlan, panels } from "../panels.ts";
import { rangeAround } from "../scale.ts";
import { officeShown } from "../shown-value.ts";
import type { ChartProps } from "./chart-props.ts";
import { Panel, type PanelProps } from "./Panel.tsx";
import { PenValue } from "./PenValue.tsx";
import type { Picture } from "./plot.ts";

type PanelRowProps = ChartProps & {
  plan: PanelPlan;
  first: boolean;
  gaps: PanelProps["gaps"];
  point: (event: PointerEvent & { currentTarget: HTMLElement }) => void;
};

/** One panel and, beside it, what its pens stand for. */
export function PanelRow(props: PanelRowProps) {
  const { plan, tags, past, bounds, system, ticks, cursor, values, alarms, now, lost } = props;
  const units = plan.pens.map(({ unit }) => displayOf(unit, system));
  const [a, b] = units;
  const present = plan.pens.map(({ name, unit }): Drawn => {
    const value = values.get(tags.get(name)?.tag ?? "")?.value;
    const one = typeof value === "number" ? [value * factorOf(unit, system)] : [];
    return { avg: one, low: one, high: one };
  });
  // By whole scales, so that a value that moves within its scale draws nothing anew.
  const holding = plan.pens.map((pen, i) => scaleOf(present[i] ?? nothing, pen, system)).join();
  const picture = useMemo(
    () => pictureOf(props, plan, present),
    [past.changes, bounds.from, bounds.edge, system, tags, ticks[0], holding],
  );
  if (a === undefined || b === undefined) return null;
  return (
    <>
      <div
        class={plan === panels.at(-1) ? "panelbox last" : "panelbox"}
        onPointerMove={props.point}
        onPointerDown={props.point}
        onPointerLeave={() => props.setCursor(null)}
      >
        <Panel
          label={`${plan.pens[0].label} and ${plan.pens[1].label} over time`}
          rig={props.rig.rig}
          picture={picture}
          units={[a, b]}
          gaps={props.gaps}
          now={props.live ? bounds.to : null}
          cursor={cursor}
          first={props.first}
          theme={props.theme}
          reading={past.grid === null && past.trouble === null && tags.size > 0}
        />
      </div>
      <div class="penvalues">
        <h2>{plan.title}</h2>
        {plan.pens.map((pen, i) => {
          const tag = tags.get(pen.name) ?? null;
          const shown = officeShown(tag, tag === null ? null : (values.get(tag.tag) ?? null), now, system, lost);
          const raw = tag === null || cursor === null ? null : props.valueAtCursor(tag.tag);
          return (
            <PenValue
              key={pen.name}
              label={pen.label}
              second={i === 1}
              shown={shown}
              alarm={tag === null || lost ? null : alarmOf(alarms, tag.tag, tag.name)}
              atCursor={cursor === null ? undefined : raw === null ? null : raw * shown.factor}
            />
          );
        })}
      </div>
    </>
  );
}

const nothing: Drawn = { avg: [], low: [], high: [] };

function pictureOf(
  { past, tags, bounds: { from, to, edge }, system, ticks }: ChartProps,
  { pens, band }: PanelPlan,
  present: readonly Drawn[],
): Picture {
  const { grid } = past;
  const [first, last] = grid === null ? [0, 0] : [indexOf(grid, from), Math.min(grid.length, indexOf(grid, to) + 1)];
  const at: number[] = [];
  for (let i = first; grid !== null && i < last; i++) at.push(grid.start + (i + 0.5) * grid.stepMs);
  const drawnOf = (name: string, unit: string) => {
    const lane = grid?.lanes.get(tags.get(name)?.tag ?? "");
    return lane === undefined ? nothing : drawn(lane, first, last, factorOf(unit, system));
  };
  const [a, b] = [drawnOf(pens[0].name, pens[0].unit), drawnOf(pens[1].name, pens[1].unit)];
  const normal = band === undefined ? undefined : tags.get(pens[0].name)?.limits.normal;
  const factor = factorOf(pens[0].unit, system);
  const [heldA, heldB] = [both(a, present[0]), both(b, present[1])];
  const around = normal === undefined ? null : rangeAround(normal, factor, heldA.high);
  return {
    at,
    pens: [padded(a, at.length), padded(b, at.length)],
    ranges: [around ?? scaleOf(heldA, pens[0], system), scaleOf(heldB, pens[1], system)],
    from,
    edge,
    ticks,
    bad: pens.flatMap(({ name, label }, i) => {
      const tag = tags.get(name)?.tag ?? "";
      const runs = grid === null ? [] : badRuns(grid, tag, 3);
      return runs
        .filter((run) => run.to > from && run.from < to)
        .map((run) => ({ ...run, tag, label, second: i === 1, stepMs: grid?.stepMs ?? 0 }));
    }),
    normal: normal === undefined ? null : [normal[0] * factor, normal[1] * factor],
  };
}

/** What a scale must hold: what is drawn, and the value that stands beside it. */
const both = (one: Drawn, other: Drawn = nothing): Drawn => ({
  avg: one.avg,
  low: [...one.low, ...other.low],
  high: [...one.high, ...other.high],
});

const indexOf = (grid: Grid, at: number) => Math.max(0, Math.floor((at - grid.start) / grid.stepMs));
const factorOf = (unit: string, system: System): number => displayOf(unit, system).factor;

function padded(pen: Drawn, length: number): Drawn {
  if (pen.avg.length === length) return pen;
  const none = new Array<null>(length).fill(null);
  return { avg: none, low: none, high: none };
}

/** From zero to a round end that holds all of it. */
function scaleOf({ low, high }: Drawn, { unit, least }: PanelPlan["pens"][0], system: System): [number, number] {
  const known = (values: Drawn["low"]) => values.map((value) => value ?? null);
  const display: Display = displayOf(unit, system);
  return rangeOf({ at: [], low: known(low), high: known(high), holes: [] }, roundTo(least * display.factor));
}

const roundTo = (value: number) => Number(value.toPrecision(1));
