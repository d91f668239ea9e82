import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { BadRun } from "../bad-runs.ts";
import type { Drawn } from "../grid.ts";

/** What one panel draws: two pens over one axis of time, each with its own scale. */
export interface Picture {
  /** Middle of each bucket, ms. */
  at: readonly number[];
  pens: readonly [Drawn, Drawn];
  ranges: readonly [readonly [number, number], readonly [number, number]];
  from: number;
  edge: number;
  /** Lines of the grid, ms. */
  ticks: readonly number[];
  /** The first pen's normal band, in its shown unit. */
  normal: readonly [number, number] | null;
  /** Where all readings of a pen were bad. */
  bad: readonly (BadRun & { tag: string; label: string; second: boolean; stepMs: number })[];
}

/** A drawn panel. */
export interface Plot {
  draw(picture: Picture): void;
  size(width: number, height: number): void;
  close(): void;
}

interface Ink {
  ink: string;
  accent: string;
  line: string;
  band: string;
}

/** Puts a plot into a box; colours are the box's own. Needs no cursor, legend or labels: the page draws those over all panels. */
export function openPlot(box: HTMLElement, width: number, height: number, first: Picture): Plot {
  let picture = first;
  const colours = inkOf(box);
  const plot = new uPlot(
    optionsOf(() => picture, colours, width, height),
    dataOf(first),
    box,
  );
  return {
    draw(next) {
      picture = next;
      plot.setData(dataOf(next));
    },
    size: (w, h) => plot.setSize({ width: w, height: h }),
    close: () => plot.destroy(),
  };
}

type Range = [number, number];

function optionsOf(
  picture: () => Picture,
  { ink, accent, line, band }: Ink,
  width: number,
  height: number,
): uPlot.Options {
  const pen = (scale: string, stroke: string, dash?: number[]): uPlot.Series => ({
    scale,
    stroke,
    width: 1.3,
    points: { show: false },
    ...(dash === undefined ? {} : { dash }),
  });
  const edge = (scale: string): uPlot.Series => ({ scale, width: 0, points: { show: false } });
  const grid = { stroke: line, width: 1 };
  const bare = {
    size: 0,
    gap: 0,
    ticks: { show: false },
    grid,
    values: (_: uPlot, splits: number[]) => splits.map(() => ""),
  };
  const rangeOf = (i: 0 | 1) => (): Range => [picture().ranges[i][0], picture().ranges[i][1]];
  return {
    width,
    height,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (): Range => [picture().from, picture().edge] },
      a: { range: rangeOf(0) },
      b: { range: rangeOf(1) },
    },
    axes: [
      { ...bare, scale: "x", splits: () => [...picture().ticks] },
      {
        ...bare,
        scale: "a",
        splits: (_plot, _axis, low, high) => [0.25, 0.5, 0.75].map((share) => low + (high - low) * share),
      },
    ],
    series: [{}, pen("a", ink), edge("a"), edge("a"), pen("b", accent, [5, 3]), edge("b"), edge("b")],
    bands: [
      { series: [3, 2], fill: faint(ink) },
      { series: [6, 5], fill: faint(accent) },
    ],
    hooks: { drawClear: [(plot) => drawNormal(plot, picture().normal, band)] },
  };
}

function drawNormal(plot: uPlot, normal: Picture["normal"], colour: string) {
  if (normal === null) return;
  const [top, bottom] = [plot.valToPos(normal[1], "a", true), plot.valToPos(normal[0], "a", true)];
  plot.ctx.save();
  plot.ctx.globalAlpha = 0.38;
  plot.ctx.fillStyle = colour;
  plot.ctx.fillRect(plot.bbox.left, top, plot.bbox.width, bottom - top);
  plot.ctx.restore();
}

function dataOf({ at, pens: [a, b] }: Picture): uPlot.AlignedData {
  return [[...at], a.avg, a.low, a.high, b.avg, b.low, b.high];
}

/** Lowest to highest of a bucket lies behind its mean. The tokens are six hexadecimal digits; two more are how solid it is. */
function faint(colour: string): string {
  return `${colour}42`;
}

function inkOf(box: HTMLElement): Ink {
  const style = getComputedStyle(box);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { ink: of("ink"), accent: of("accent"), line: of("line"), band: of("band") };
}
