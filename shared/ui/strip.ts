/** One tag over a span, in buckets; `low` and `high` are null where there was no usable value. Values in the shown unit. */
export interface Series {
  at: readonly number[];
  low: readonly (number | null)[];
  high: readonly (number | null)[];
  /** Spans whose lack has a reason. */
  holes: readonly { from: number; to: number; reason: string }[];
}

/** A pen: what it draws and what its scale's ends are. */
export interface Pen {
  label: string;
  unit: string;
  decimals: number;
  range: readonly [number, number];
  series: Series;
}

/** One track with at most two pens: solid ink, dashed blue. */
export interface Track {
  pens: readonly [Pen] | readonly [Pen, Pen];
}

/** What the rig did over a span; drawn as a bar beside the tracks, and named across them where it is `named`. */
export interface StateSpan {
  from: number;
  to: number;
  /** Making hole: filled. */
  active: boolean;
  name: string | null;
}

/** An alarm at its time, in a track. */
export interface Mark {
  at: number;
  track: number;
  priority: number;
}

const steps = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** A scale for a pen with round ends: from zero, or from a round number below where all values lie in the upper half. Never narrower than `least`, and `also` in it. */
export function rangeOf(series: Series, least: number, also: readonly number[] = []): [number, number] {
  let low = Math.min(...also);
  let high = Math.max(...also);
  for (const value of series.low) if (value !== null && value < low) low = value;
  for (const value of series.high) if (value !== null && value > high) high = value;
  if (!(high >= low)) return [0, least];
  const top = Math.max(roundUp(high), least);
  if (low < 0) return [-roundUp(-low), Math.max(top, 0)];
  return [0, top];
}

function roundUp(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = steps.find((one) => one * power >= value - 1e-9) ?? 10;
  return Number((step * power).toPrecision(6));
}

/** Times for labels: some 7 over the span, at whole minutes. */
export function timeLabels(from: number, to: number, many = 7): number[] {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 240];
  const step = (minutes.find((one) => one * 60_000 * many >= to - from) ?? 480) * 60_000;
  const first = Math.ceil(from / step) * step;
  const labels: number[] = [];
  for (let at = first; at <= to; at += step) labels.push(at);
  return labels;
}
