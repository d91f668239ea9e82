import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { HmiHistory, HmiTag } from "../../../../shared/domain/hmi.ts";
import { fitOf } from "../../../../shared/ui/alarm-words.ts";
import { numberText } from "../../../../shared/ui/format.ts";
import { Sparkline } from "../../../../shared/ui/Sparkline.tsx";
import { displayOf, type System } from "../../../../shared/ui/units.ts";
import { useAsked } from "../asked.ts";
import { scaleLabels } from "../scale-labels.ts";

const TREND_MS = 25 * 60_000;
/** Of the picture and of a label, px; a small panel draws both a little lower. */
const HEIGHT = 60;
const LINE = 13;

export interface AlarmTrendProps {
  alarm: AlarmState;
  tags: readonly HmiTag[];
  /** Wall time, ms. */
  now: number;
  system: System;
  /** What the model expects of the input that leads a score's alarm, in its tag's unit; null where nobody knows. */
  expected: number | null;
}

/** The last 25 min of the value that an alarm is about, with its limit or what is expected, and its normal band; of a score that of the input that leads it. */
export function AlarmTrend({ alarm, tags, now, system, expected }: AlarmTrendProps) {
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
  const limit = lead !== undefined ? expected : alarm.limit;
  const against = limit === null ? null : limit * factor;
  const [low, high] = tag.limits.normal?.map((value) => value * factor) ?? [];
  const band = low === undefined || high === undefined ? null : ([low, high] as const);
  const text = (value: number) => `${numberText(value, decimals)} ${unit}`;
  const word = lead === undefined ? "limit" : "expected";
  return (
    <div class="trend">
      <Sparkline
        values={values}
        width={320}
        height={HEIGHT}
        limit={against}
        band={band}
        label={`${tag.label}, last 25 min`}
        empty={trend.trouble === null ? "no values in 25 min" : `no trend: ${trend.trouble}`}
      />
      {known.length > 0 && (
        <>
          <span class="label ends">
            {scaleLabels([...known, ...(band ?? [])], against, HEIGHT, LINE).map(({ value, y, isLimit }) => (
              <span key={`${value}${isLimit}`} style={{ top: `${(y / HEIGHT) * 100}%` }}>
                {isLimit ? `${word} ${text(value)}` : text(value)}
              </span>
            ))}
          </span>
          <span class="label span">
            <span>25 min ago</span>
            <span>now</span>
          </span>
        </>
      )}
    </div>
  );
}
