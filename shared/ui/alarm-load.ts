import type { AlarmState } from "../domain/alarm.ts";
import { CHATTER } from "../domain/chatter.ts";
import { isOpen } from "./alarms.ts";

/** What the alarms of a span say about the load on the operator (ISA-18.2, EEMUA 191). */
export interface AlarmLoad {
  /** Alarms raised in each 10 min of the span. */
  perTen: number[];
  average: number;
  peak: number;
  peakAt: number;
  /** Alarms that chattered: raised three times within a minute. */
  chattering: number;
  raised: number;
  top: { text: string; count: number } | null;
  /** The ten minutes with the most raises, if they are a flood: from its first raise to its last. */
  flood: { from: number; to: number; count: number } | null;
}

/** So many in ten minutes are a flood. */
export const FLOOD = 10;

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
    times.some((at, i) => (times[i + CHATTER.raises - 1] ?? Number.POSITIVE_INFINITY) - at <= CHATTER.withinMs);
  const top = [...raises.values()].sort((a, b) => b.times.length - a.times.length)[0];
  return {
    perTen,
    average: raised / perTen.length,
    peak,
    peakAt: from + perTen.indexOf(peak) * TEN_MIN,
    chattering: [...raises.values()].filter(chatters).length,
    raised,
    top: top === undefined ? null : { text: top.text, count: top.times.length },
    flood: floodOf([...raises.values()].flatMap(({ times }) => times)),
  };
}

/** How many of the open alarms were raised in the last ten minutes, if those alone are a flood; else null. */
export function floodNow(alarms: readonly AlarmState[], now: number): number | null {
  const count = alarms.filter((alarm) => isOpen(alarm) && now - alarm.raisedAt < TEN_MIN).length;
  return count >= FLOOD ? count : null;
}

function floodOf(times: number[]): AlarmLoad["flood"] {
  const sorted = times.toSorted((a, b) => a - b);
  let worst: AlarmLoad["flood"] = null;
  let first = 0;
  for (const [last, to] of sorted.entries()) {
    while (to - (sorted[first] ?? to) >= TEN_MIN) first++;
    const count = last - first + 1;
    if (count >= FLOOD && count > (worst?.count ?? 0)) worst = { from: sorted[first] ?? to, to, count };
  }
  return worst;
}
