import { type AdviceByAlarm, adviceOf } from "../../../shared/domain/advice.ts";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { HmiTag } from "../../../shared/domain/hmi.ts";
import {
  fitOf,
  headText,
  limitText,
  type Present,
  quantity,
  restText,
  shelvedBy,
  thenText,
} from "../../../shared/ui/alarm-words.ts";
import { related, type SourceOf } from "../../../shared/ui/alarms.ts";
import { numberText, spanText } from "../../../shared/ui/format.ts";
import type { System } from "../../../shared/ui/units.ts";

/** What the words on an alarm are made from. */
export interface AlarmFacts {
  alarm: AlarmState;
  open: readonly AlarmState[];
  now: number;
  timeText: (at: number) => string;
  system: System;
  /** The value now. */
  value: Present | null;
  tags: readonly HmiTag[];
  advice: AdviceByAlarm;
  sourceOf: SourceOf;
}

type Fact = readonly [name: string, text: string];

/** What somebody needs to act: the value, what is likely behind it, what follows, what to do, and which came first. */
export function factsOf({ alarm, open, now, timeText, system, value, advice, sourceOf }: AlarmFacts): Fact[] {
  const { cause, consequence, action } = adviceOf(alarm, advice);
  const by = shelvedBy(alarm);
  const order = orderText(alarm, related(alarm, open, sourceOf));
  return [
    ...(by === null || alarm.shelving === undefined
      ? []
      : [["Shelved", `Until ${timeText(alarm.shelving.until)}, ${restText(alarm, now)} left. By ${by}`] as const]),
    ["Now", `${value?.text ?? "not known"}, ${value?.against ?? limitText(alarm, system)}`],
    ...(cause === undefined ? [] : [["Likely cause", cause] as const]),
    ...(consequence === undefined ? [] : [["If ignored", consequence] as const]),
    ...(action === undefined ? [] : [["Do", action] as const]),
    ...(order === null ? [] : [["First out", order] as const]),
  ];
}

/** What is on record: when and at what it was raised, who has seen it, what drives it and where it is read from. */
export function reportOf({ alarm, timeText, system, tags, value }: AlarmFacts): Fact[] {
  const facts: Fact[] = [];
  const then = thenText(alarm, system)?.replace(/^raised /, "");
  const against = fitOf(alarm) === null ? "" : `, ${limitText(alarm, system)}`;
  facts.push(["Raised", `${timeText(alarm.raisedAt)}${then === undefined ? "" : `, ${then}${against}`}`]);
  if (alarm.acknowledgedAt !== null)
    facts.push(["Acknowledged", `${timeText(alarm.acknowledgedAt)} by ${alarm.acknowledgedBy ?? "someone"}`]);
  if (alarm.unshelved !== undefined) {
    const { at, why, who } = alarm.unshelved;
    facts.push(["Was shelved", `Back ${timeText(at)}, ${why}${who === null ? "" : ` by ${who}`}`]);
  }
  if (alarm.cannotJudge) facts.push(["Cannot judge", cannotText(alarm, value)]);
  const evidence = (alarm.evidence ?? []).filter(({ share }) => share >= 0.005).slice(0, 4);
  const share = (one: (typeof evidence)[number]) => `${one.label ?? one.name} ${numberText(one.share * 100, 0)} %`;
  if (evidence.length > 0) facts.push(["What drives it", evidence.map(share).join(", ")]);
  if (alarm.condition === "score") {
    const limit = alarm.limit === null ? "" : `, limit ${numberText(alarm.limit, 2)}`;
    facts.push(["Score", `${quantity(alarm.value, "ratio", system)} when raised${limit}`]);
  }
  const tag = tags.find(({ id }) => id === alarm.tag);
  if (tag !== undefined) facts.push(["Read from", `${tag.source}, ${tag.name}`]);
  return facts;
}

/** Why it cannot be judged, as far as the value now tells. */
function cannotText({ condition }: AlarmState, value: Present | null): string {
  if (value === null) return "Its value is bad or missing at the moment.";
  if (condition === "quality") return "Its value is back; it ends once that has lasted.";
  return condition === "score"
    ? "The score is bad or missing at the moment."
    : "Its value or the rig's state is not known for sure at the moment.";
}

/** Where it stands in the order in which alarms that belong together were raised. */
function orderText(alarm: AlarmState, order: readonly AlarmState[]): string | null {
  const [first, second] = order;
  if (first === undefined || second === undefined) return null;
  if (first.alarm === alarm.alarm)
    return `This one, then ${headText(second)} ${spanText(second.raisedAt - first.raisedAt)} later`;
  return `${headText(first)}, ${spanText(alarm.raisedAt - first.raisedAt)} before this one`;
}
