import type { HistoricalAnswer } from "../../../../shared/domain/api-history.ts";
import { useAsked } from "../asked.ts";
import { serverNow } from "../clock.ts";

export interface BadSpanProps {
  from: number;
  /** A bucket of the chart: the first reading lies in the first one. */
  stepMs: number;
  rig: string;
  tag: string;
  label: string;
  /** The dashed pen: at the foot of the panel. */
  second: boolean;
  /** Its place in the panel, percent, and the panel's width, px. */
  left: number;
  right: number;
  width: number;
}

/** A hatched strip where a pen has no line because its values were bad, with the reason of the first; the other pen stays in sight. */
export function BadSpan({ rig, tag, label, from, stepMs, second, left, right, width }: BadSpanProps) {
  // The question stays the same while the span goes on.
  const time = `start=${new Date(from).toISOString()}&end=${new Date(from + stepMs).toISOString()}`;
  // What has just come live may not be in the history yet.
  const again = serverNow() - from < 120_000 ? 15_000 : 0;
  const path = `/sensor-data/historical?rig_id=${rig}&tags=${tag}&${time}&limit=1`;
  const wanted = useAsked<HistoricalAnswer>(path, again);
  const series = wanted.answer?.data[0];
  const reason = series?.form === "readings" ? series.reason[0]?.[1] : undefined;
  const words = `${label} bad${reason === undefined ? "" : `: ${reason}`}`;
  const fits = ((right - left) / 100) * width > words.length * 7 + 16;
  return (
    <span
      class={second ? "gap ofpen second" : "gap ofpen"}
      title={words}
      style={{ left: `${left}%`, width: `${right - left}%` }}
    >
      {fits && <b>{words}</b>}
    </span>
  );
}
