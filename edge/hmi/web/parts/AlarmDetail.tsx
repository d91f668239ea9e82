import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { HmiHistory, HmiTag } from "../../../../shared/domain/hmi.ts";
import { AlarmMark, markLookOf, priorityWords } from "../../../../shared/ui/AlarmMark.tsx";
import { headText, limitText, related, type SourceOf, thenText } from "../../../../shared/ui/alarms.ts";
import { numberText, spanText } from "../../../../shared/ui/format.ts";
import { Sparkline } from "../../../../shared/ui/Sparkline.tsx";
import { displayOf, type System } from "../../../../shared/ui/units.ts";
import { useAsked } from "../asked.ts";

/** Default times to answer by priority, ms; low alarms have the shift. */
const answerMs = [0, 60_000, 300_000, 900_000];
const TREND_MS = 25 * 60_000;

export interface AlarmDetailProps {
  alarm: AlarmState | null;
  open: readonly AlarmState[];
  now: number;
  timeText: (at: number) => string;
  system: System;
  /** The value now, with its unit. */
  value: string | null;
  tag: HmiTag | undefined;
  trouble: string | null;
  /** Device that a tag is read from. */
  sourceOf: SourceOf;
}

/** All that is known of one alarm: how long to answer, value against limit, what contributed, what came before and after, and the value's trend. */
export function AlarmDetail({ alarm, open, now, timeText, system, value, tag, trouble, sourceOf }: AlarmDetailProps) {
  const to = Math.floor(now / 10_000) * 10_000;
  const trend = useAsked<HmiHistory>(
    tag === undefined || to === 0
      ? null
      : `./api/v1/hmi/history?tags=${tag.id}&from=${to - TREND_MS}&to=${to}&points=150`,
  );
  if (alarm === null) {
    return (
      <section class="card detail none" aria-label="Chosen alarm">
        <p class="label">Choose an alarm to see what is known of it.</p>
      </section>
    );
  }
  const { factor, decimals, unit } = displayOf(alarm.unit, system);
  const values = trend.answer?.tracks[0]?.high.map((value) => (value === null ? null : value * factor)) ?? [];
  const known = values.filter((value) => value !== null);
  return (
    <section class="card detail" aria-label="Chosen alarm">
      <div class="title">
        <AlarmMark priority={alarm.priority} look={markLookOf(alarm.state)} size={30} />
        <div>
          <h2>{headText(alarm)}</h2>
          <span class="label">
            {priorityWords[alarm.priority]}, priority {alarm.priority}. {answerText(alarm, now)}
          </span>
        </div>
      </div>
      <dl>
        {factsOf(alarm, open, timeText, system, value, tag, sourceOf).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div class="trend">
        <Sparkline
          values={values}
          width={320}
          height={70}
          limit={alarm.limit === null ? null : alarm.limit * factor}
          label={`${alarm.name}, last 25 min`}
          empty={trend.trouble === null ? "no values in 25 min" : `no trend: ${trend.trouble}`}
        />
        {known.length > 0 && (
          <span class="label ends">
            <span>
              {numberText(Math.max(...known), decimals)} {unit}
            </span>
            <span>
              {numberText(Math.min(...known), decimals)} {unit}
            </span>
            <span>25 min</span>
          </span>
        )}
      </div>
      {trouble !== null && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
    </section>
  );
}

function answerText(alarm: AlarmState, now: number): string {
  if (alarm.state !== "unacknowledged") return "";
  const within = answerMs[alarm.priority];
  if (within === undefined) return "Answer within the shift.";
  const left = alarm.raisedAt + within - now;
  return `Answer within ${spanText(within)}, ${left > 0 ? `${spanText(left)} left` : `${spanText(-left)} over`}.`;
}

function factsOf(
  alarm: AlarmState,
  open: readonly AlarmState[],
  timeText: (at: number) => string,
  system: System,
  value: string | null,
  tag: HmiTag | undefined,
  sourceOf: SourceOf,
): [string, string][] {
  const facts: [string, string][] = [["Now", value ?? "not known"]];
  facts.push(["Limit", limitText(alarm, system).replace(/^limit /, "")]);
  const then = thenText(alarm, system);
  facts.push(["Raised", `${timeText(alarm.raisedAt)}${then === null ? "" : `, ${then}`}`]);
  if (headText(alarm) !== alarm.text) facts.push(["When raised", alarm.text]);
  if (alarm.acknowledgedAt !== null)
    facts.push(["Acknowledged", `${timeText(alarm.acknowledgedAt)} by ${alarm.acknowledgedBy ?? "someone"}`]);
  if (alarm.cannotJudge) facts.push(["Cannot judge", "Its value is bad or missing at the moment."]);
  if (tag !== undefined) facts.push(["Read from", `${tag.source}, ${tag.name}`]);
  const evidence = (alarm.evidence ?? []).filter(({ share }) => share >= 0.005);
  if (evidence.length > 0)
    facts.push([
      "What drives it",
      evidence
        .slice(0, 4)
        .map(({ name, label, share }) => `${label ?? name} ${numberText(share * 100, 0)} %`)
        .join(", "),
    ]);
  const order = orderText(alarm, related(alarm, open, sourceOf));
  if (order !== null) facts.push(["First out", order]);
  return facts;
}

/** Where it stands in the order in which alarms that belong together were raised. */
function orderText(alarm: AlarmState, order: readonly AlarmState[]): string | null {
  const [first, second] = order;
  if (first === undefined || second === undefined) return null;
  if (first.alarm === alarm.alarm)
    return `This one, then ${headText(second)} ${spanText(second.raisedAt - first.raisedAt)} later`;
  return `${headText(first)}, ${spanText(alarm.raisedAt - first.raisedAt)} before this one`;
}
