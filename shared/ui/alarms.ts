import type { AlarmState } from "../domain/alarm.ts";
import { NOTHING, numberText, plainReason } from "./format.ts";
import { displayOf, type System } from "./units.ts";

const rank: Record<string, number> = { unacknowledged: 0, returned: 1, acknowledged: 2 };

/** On the list: active or not yet acknowledged. Shelved, suppressed and out of service have their own. */
export function isOpen(alarm: AlarmState): boolean {
  return alarm.state in rank;
}

/** Unacknowledged active ones by priority, then the newest first; then returned, then acknowledged. */
export function sorted(alarms: readonly AlarmState[]): AlarmState[] {
  return alarms
    .filter(isOpen)
    .sort(
      (a, b) =>
        (rank[a.state] ?? 0) - (rank[b.state] ?? 0) ||
        a.priority - b.priority ||
        b.raisedAt - a.raisedAt ||
        (a.alarm < b.alarm ? -1 : 1),
    );
}

/** The one that needs somebody first: unacknowledged or returned; null if none does. */
export function mostUrgent(alarms: readonly AlarmState[]): AlarmState | null {
  const first = sorted(alarms)[0];
  return first !== undefined && first.state !== "acknowledged" ? first : null;
}

/** How many are not acknowledged: what the badge counts. */
export function unacknowledged(alarms: readonly AlarmState[]): number {
  return alarms.filter(({ state }) => state === "unacknowledged" || state === "returned").length;
}

/** Active alarms by priority; index 1 to 4. */
export function activeByPriority(alarms: readonly AlarmState[]): number[] {
  const counts = [0, 0, 0, 0, 0];
  for (const { state, priority } of alarms) {
    if (state === "unacknowledged" || state === "acknowledged") counts[priority] = (counts[priority] ?? 0) + 1;
  }
  return counts;
}

/** Whether an alarm marks this tag: it is the tag's own, or a score's that the input of this name leads. */
export function marks(alarm: AlarmState, tag: string, name?: string): boolean {
  return alarm.tag === tag || (name !== undefined && alarm.evidence?.[0]?.name === name);
}

/** Of the open alarms that mark a tag the most urgent; null if there is none. */
export function alarmOf(alarms: readonly AlarmState[], tag: string, name?: string): AlarmState | null {
  return sorted(alarms.filter((alarm) => marks(alarm, tag, name))).sort((a, b) => a.priority - b.priority)[0] ?? null;
}

/** What is wrong, without the figures of the moment of raising: those are not of now. */
export function headText({ text, evidence }: AlarmState): string {
  const lead = evidence?.[0];
  if (lead?.residual === undefined || lead.residual === 0) return plainReason(text);
  return `${lead.label ?? lead.name} ${lead.residual < 0 ? "below" : "above"} expected`;
}

/** The value at which its state changed, with its unit. */
export function valueText(alarm: AlarmState, system: System): string {
  return quantity(alarm.value, alarm.unit, system);
}

/** The same value with the moment that it is of; null where there was none. */
export function thenText(alarm: AlarmState, system: System): string | null {
  if (alarm.value === null) return null;
  return `${alarm.state === "returned" ? "back at" : "raised at"} ${valueText(alarm, system)}`;
}

export function limitText(alarm: AlarmState, system: System): string {
  if (alarm.condition === "quality") return alarm.cannotJudge ? "cannot be judged" : "value not good";
  return alarm.limit === null ? "no limit" : `limit ${quantity(alarm.limit, alarm.unit, system)}`;
}

function quantity(value: number | null, unit: string, system: System): string {
  if (value === null) return NOTHING;
  const display = displayOf(unit, system);
  return `${numberText(value * display.factor, display.decimals)} ${unitWord(unit, display.unit)}`.trim();
}

/** A score is a number without a unit; said as a word, so that nobody takes it for the value it stands for. */
export function unitWord(unit: string, shown: string): string {
  return unit === "score" ? "score" : shown;
}

/** Alarms raised farther apart than this are no consequence of each other, as far as a screen can tell. */
const TOGETHER_MS = 60_000;

/** The device that a tag (id) is read from; undefined where nobody knows. */
export type SourceOf = (tag: string) => string | undefined;

/** This alarm and the active ones that were raised within a minute of it and belong to it by device or evidence, in the order of raising. */
export function related(alarm: AlarmState, all: readonly AlarmState[], sourceOf: SourceOf): AlarmState[] {
  return all
    .filter(({ state }) => state === "unacknowledged" || state === "acknowledged")
    .filter((other) => other.alarm === alarm.alarm || belongs(alarm, other, sourceOf))
    .sort((a, b) => a.raisedAt - b.raisedAt);
}

function belongs(one: AlarmState, other: AlarmState, sourceOf: SourceOf): boolean {
  if (Math.abs(one.raisedAt - other.raisedAt) > TOGETHER_MS) return false;
  const [source, names] = [sourceOf(one.tag), (alarm: AlarmState) => alarm.evidence?.map(({ name }) => name) ?? []];
  return (
    (source !== undefined && source === sourceOf(other.tag)) ||
    names(one).includes(other.name) ||
    names(other).includes(one.name)
  );
}

/** The alarms that others which belong to them followed. */
export function firstOut(all: readonly AlarmState[], sourceOf: SourceOf): Set<string> {
  const firsts = all.filter((alarm) => {
    const [first, second] = related(alarm, all, sourceOf);
    return second !== undefined && first?.alarm === alarm.alarm;
  });
  return new Set(firsts.map(({ alarm }) => alarm));
}

/** What the alarms of a span say about the load on the operator (ISA-18.2, EEMUA 191). */
export interface AlarmLoad {
  /** Alarms raised in each 10 min of the span. */
  perTen: number[];
  average: number;
  peak: number;
  peakAt: number;
  /** Alarms that were raised three times within one minute. */
  chattering: number;
  raised: number;
  top: { text: string; count: number } | null;
}

const TEN_MIN = 600_000;

/** From the journal's changes of alarms, oldest first. A raise is a change into unacknowledged whose moment is its raising. */
export function loadOf(changes: readonly AlarmState[], from: number, to: number): AlarmLoad {
  const perTen = new Array<number>(Math.max(1, Math.ceil((to - from) / TEN_MIN))).fill(0);
  const raises = new Map<string, { text: string; times: number[] }>();
  for (const { state, alarm, text, raisedAt, changedAt } of changes) {
    if (state !== "unacknowledged" || raisedAt !== changedAt || raisedAt < from || raisedAt >= to) continue;
    const bucket = Math.floor((raisedAt - from) / TEN_MIN);
    perTen[bucket] = (perTen[bucket] ?? 0) + 1;
    const one = raises.get(alarm) ?? { text, times: [] };
    raises.set(alarm, one);
    one.times.push(raisedAt);
  }
  const peak = Math.max(...perTen);
  const raised = perTen.reduce((sum, count) => sum + count, 0);
  const chatters = ({ times }: { times: number[] }) =>
    times.some((at, i) => (times[i + 2] ?? Number.POSITIVE_INFINITY) - at <= 60_000);
  const top = [...raises.values()].sort((a, b) => b.times.length - a.times.length)[0];
  return {
    perTen,
    average: raised / perTen.length,
    peak,
    peakAt: from + perTen.indexOf(peak) * TEN_MIN,
    chattering: [...raises.values()].filter(chatters).length,
    raised,
    top: top === undefined ? null : { text: top.text, count: top.times.length },
  };
}
