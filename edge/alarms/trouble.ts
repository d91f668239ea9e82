import type { AlarmState } from "../../shared/domain/alarm.ts";
import { type Reason, reasonCode, reasonText } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { acknowledge, clear, type Raised, raise } from "./life.ts";
import type { Moment } from "./watch.ts";

/** How long a value must be missing or unbelievable before anybody is told. */
const afterMs = 10_000;
/** Polls that must be missed before a tag counts as silent. */
const missedPolls = 3;

/** Reasons that lie with the device or its line: one alarm for the device, not one a tag. */
const ofTheLink: readonly Reason[] = [
  "no connection",
  "no answer in time",
  "answer too short",
  "foreign answer",
  "malformed answer",
  "driver fault",
  "not polled",
];
/** Exceptions 10 and 11 are a gateway's word for a unit that does not answer. */
const linkCodes = new Set([
  ...ofTheLink.map((reason) => reasonCode(reason)),
  reasonCode("device exception", 10),
  reasonCode("device exception", 11),
]);
const notPolled = reasonCode("not polled");

/** Alarms about values that are missing, bad or stand still: of a tag ("cannot judge"), or of a whole device. */
export interface Trouble {
  /** A reading of the tag came; `reason` is 0 where it can be believed. `bad` tells no value from a still one. */
  saw(tag: number, reason: number, bad: boolean, mono: number): void;
  /** No believable value for long: its limits can't be judged. */
  blind(tag: number, mono: number): boolean;
  /** What has lasted long enough, or is over. Call about once a second. */
  sweep(now: Moment): AlarmState[];
  acknowledge(alarm: string, who: string, at: number): AlarmState | null;
  open(): AlarmState[];
}

export function openTrouble(
  tags: readonly TagVersion[],
  pollMs: readonly number[],
  restored: ReadonlyMap<string, AlarmState>,
  mono: number,
): Trouble {
  const seen = new Float64Array(tags.length).fill(mono);
  const since = new Float64Array(tags.length).fill(Number.POSITIVE_INFINITY);
  const why = new Uint32Array(tags.length);
  const still = new Uint8Array(tags.length);
  const sources = Map.groupBy(tags.keys(), (i) => tags[i]?.source ?? "");
  const known = new Set([
    ...tags.map((tag) => `${tag.id}:quality`),
    ...[...sources.values()].map((own) => linkName(own)),
  ]);
  const alarms = new Map([...restored].filter(([name]) => known.has(name)));
  /** Tags whose own alarm may have to be cleared. */
  const open = Uint8Array.from(tags, (tag) => Number(alarms.has(`${tag.id}:quality`)));

  function linkName(own: readonly number[]): string {
    return `${tags[own[0] ?? 0]?.id}:link`;
  }

  /** Times ≥ 0 count; a tag that was not polled counts from when it should have been. */
  function lasted(tag: number, now: number): number {
    const silence = now - (seen[tag] ?? 0) - missedPolls * (pollMs[tag] ?? 0);
    if (silence > 0 && silence > now - (since[tag] ?? 0)) {
      why[tag] = notPolled;
      still[tag] = 0;
      return silence;
    }
    return now - (since[tag] ?? Number.POSITIVE_INFINITY);
  }

  function take(name: string, about: Raised | null, now: Moment, changes: AlarmState[]): void {
    const before = alarms.get(name) ?? null;
    const after = about === null ? before && clear(before, null, now.at) : raise(before, about, now.at);
    if (after !== null) changes.push(keep(after));
  }

  function keep(after: AlarmState): AlarmState {
    if (after.state === "normal") alarms.delete(after.alarm);
    else alarms.set(after.alarm, after);
    return after;
  }

  return {
    saw(tag, reason, bad, now) {
      seen[tag] = now;
      if (reason === 0) {
        since[tag] = Number.POSITIVE_INFINITY;
        return;
      }
      if (since[tag] === Number.POSITIVE_INFINITY) since[tag] = now;
      why[tag] = reason;
      still[tag] = bad ? 0 : 1;
    },
    blind: (tag, now) => still[tag] === 0 && lasted(tag, now) >= afterMs,
    sweep(now) {
      const changes: AlarmState[] = [];
      for (const [source, own] of sources) {
        const cut = own.filter((tag) => lasted(tag, now.mono) >= afterMs && linkCodes.has(why[tag] ?? 0));
        take(linkName(own), linkAlarm(tags, source, own, cut, why), now, changes);
        for (const tag of own) {
          const told = lasted(tag, now.mono) >= afterMs && !linkCodes.has(why[tag] ?? 0);
          const version = tags[tag];
          if (version === undefined || version.unit === "score" || (!told && open[tag] === 0)) continue;
          open[tag] = Number(told);
          take(`${version.id}:quality`, told ? tagAlarm(version, why[tag] ?? 0, still[tag] === 1) : null, now, changes);
        }
      }
      return changes;
    },
    acknowledge(alarm, who, at) {
      const before = alarms.get(alarm);
      const after = before === undefined ? null : acknowledge(before, who, at);
      return after === null ? null : keep(after);
    },
    open: () => [...alarms.values()],
  };
}

function tagAlarm({ id, name, label, unit }: TagVersion, reason: number, still: boolean): Raised {
  const text = still ? `${label} stands still` : `${label} has no good value: ${reasonText(reason)}`;
  return {
    alarm: `${id}:quality`,
    tag: id,
    name,
    text,
    condition: "quality",
    priority: 4,
    value: null,
    limit: null,
    unit,
  };
}

function linkAlarm(
  tags: readonly TagVersion[],
  source: string,
  own: readonly number[],
  cut: readonly number[],
  why: Uint32Array,
): Raised | null {
  const first = tags[own[0] ?? 0];
  const one = cut[0];
  if (first === undefined || one === undefined) return null;
  const share = cut.length === own.length ? "" : ` (${cut.length} of ${own.length} tags)`;
  const text = `${source}: ${reasonText(why[one] ?? 0)}${share}`;
  return {
    alarm: `${first.id}:link`,
    tag: first.id,
    name: source,
    text,
    condition: "link",
    priority: 2,
    value: null,
    limit: null,
    unit: "",
  };
}
