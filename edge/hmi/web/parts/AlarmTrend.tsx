import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { HmiHistory, HmiTag } from "../../../../shared/domain/hmi.ts";
import { fitOf } from "../../../../shared/ui/alarm-words.ts";
import { numberText } from "../../../../shared/ui/format.ts";
import { Sparkline } from "../../../../shared/ui/Sparkline.tsx";
import { displayOf, type System } from "../../../../shared/ui/units.ts";
import { useAsked } from "../asked.ts";

const TREND_MS = 25 * 60_000;

export interface AlarmTrendProps {
  alarm: AlarmState;
  tags: readonly HmiTag[];
  /** Wall time, ms. */
  now: number;
  system: System;
}

/** The last 25 min of the value that an alarm is about, with its limit and its normal band; of a score that of the input that leads it. */
export function AlarmTrend({ alarm, tags, now, system }: AlarmTrendProps) {
  const lead = fitOf(alarm) === null ? undefined : alarm.evidence?.[0]?.name;
  const tag = tags.find(({ id, name }) => (lead === undefined ? id === alarm.tag : name === lead));
  const to = Math.floor(now / 10_000) * 10_000;
  const trend = useAsked<HmiHistory>(
    tag === undefined || to === 0
      ? null
      : `./api/v1/hmi/history?tags=${tag.id}&from=${to - TREND_MS}&to=${to}&points=150`,
  );
  if (tag === undefined) return null;
  const { factor, decimals, unit } = displayOf(tag.unit, system, tag.resolution);
  const values = trend.answer?.tracks[0]?.high.map((value) => (value === null ? null : value * factor)) ?? [];
  const known = values.filter((value) => value !== null);
  const limit = lead !== undefined || alarm.limit === null ? null : alarm.limit * factor;
  const band = tag.limits.normal?.map((value) => value * factor) ?? [];
  const [low, high] = band;
  // The ends of what is drawn, limit and band included.
  const drawn = [...known, ...band, ...(limit === null ? [] : [limit])];
  return (
    <div class="trend">
      <Sparkline
        values={values}
        width={320}
        height={70}
        limit={limit}
        band={low === undefined || high === undefined ? null : [low, high]}
        label={`${tag.label}, last 25 min`}
        empty={trend.trouble === null ? "no values in 25 min" : `no trend: ${trend.trouble}`}
      />
      {known.length > 0 && (
        <span class="label ends">
          <span>
            {numberText(Math.max(...drawn), decimals)} {unit}
          </span>
          <span>
            {numberText(Math.min(...drawn), decimals)} {unit}
          </span>
          <span>25 min</span>
        </span>
      )}
    </div>
  );
}
