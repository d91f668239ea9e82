import type { AlarmState } from "../../shared/domain/alarm.ts";
import { type Reason, reasonCode } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { clear, doubt, isActive, type Raised, raise } from "./life.ts";
import { linkAlarm, scoreAlarm, tagAlarm } from "./trouble-words.ts";
import type { Change, Moment } from "./watch.ts";

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
  /** The daemon itself saw nothing for `ms`, up to `mono`: that counts neither as missing nor as bad. */
  skip(ms: number, mono: number): void;
  /** What has lasted long enough, or is over. Call about once a second. */
  sweep(now: Moment): AlarmState[];
  /** Changes an alarm as a person or a time asks; null where there is none of this name, or nothing changes. */
  act(alarm: string, change: Change): AlarmState | null;
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
  /** Good without a break since; infinite while it is not. */
  const goodSince = new Float64Array(tags.length).fill(Number.POSITIVE_INFINITY);
  /** Its device has answered for it in this run, whatever the value. */
  const answered = new Uint8Array(tags.length);
  const isScore = tags.map((tag) => tag.unit === "score");
  /** Tags by device; what makes a score is none. */
  const sources = Map.groupBy(
    [...tags.keys()].filter((i) => !isScore[i]),
    (i) => tags[i]?.source ?? "",
  );
  const known = new Set([
    ...tags.map((tag) => `${tag.id}:quality`),
    ...[...sources.values()].map((own) => linkName(own)),
  ]);
  const alarms = new Map([...restored].filter(([name]) => known.has(name)));
  /** Active alarms of the run before, of which this run cannot say yet whether they still hold. */
  const pending = new Set([...alarms.values()].filter(isActive).map(({ alarm }) => alarm));
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

  /** Good for as long as it takes to find the fault again that the last run found. */
  function wellAgain(tag: number, now: number): boolean {
    const flatMs = (tags[tag]?.limits.flatAfterS ?? 0) * 1_000;
    return now - (goodSince[tag] ?? Number.POSITIVE_INFINITY) >= Math.max(afterMs, flatMs);
  }

  /** Raises or ends the alarm; one of the run before stays, in doubt, until `settled` says that its end is known. */
  function take(name: string, about: Raised | null, settled: boolean, now: Moment, changes: AlarmState[]): void {
    const before = alarms.get(name) ?? null;
    if (before !== null && pending.has(name)) {
      const waits = about === null && !settled;
      if (!waits) pending.delete(name);
      const after = waits || about !== null ? doubt(before, waits, now.at) : clear(before, null, now.at);
      if (after !== null) changes.push(keep(after));
      return;
    }
    const after = about === null ? before && clear(before, null, now.at) : raise(before, about, now.at);
    if (after !== null) changes.push(keep(after));
  }

  function judgeTag(tag: number, now: Moment, changes: AlarmState[]): void {
    const lasting = lasted(tag, now.mono) >= afterMs;
    // A score that is made says itself why it has no value, and often has none for good reason.
    const told = lasting && (isScore[tag] ? why[tag] === notPolled : !linkCodes.has(why[tag] ?? 0));
    const version = tags[tag];
    if (version === undefined || (!told && open[tag] === 0)) return;
    const name = `${version.id}:quality`;
    const wrong = () => (isScore[tag] ? scoreAlarm(version) : tagAlarm(version, why[tag] ?? 0, still[tag] === 1));
    const about = told ? wrong() : null;
    const settled = isScore[tag] ? answered[tag] === 1 : wellAgain(tag, now.mono);
    take(name, about, settled, now, changes);
    open[tag] = Number(told || pending.has(name));
  }

  function keep(after: AlarmState): AlarmState {
    if (after.state === "normal") alarms.delete(after.alarm);
    else alarms.set(after.alarm, after);
    return after;
  }

  return {
    saw(tag, reason, bad, now) {
      seen[tag] = now;
      if (!linkCodes.has(reason)) answered[tag] = 1;
      if (reason === 0) {
        if (goodSince[tag] === Number.POSITIVE_INFINITY) goodSince[tag] = now;
        since[tag] = Number.POSITIVE_INFINITY;
        return;
      }
      goodSince[tag] = Number.POSITIVE_INFINITY;
      if (since[tag] === Number.POSITIVE_INFINITY) since[tag] = now;
      why[tag] = reason;
      still[tag] = bad ? 0 : 1;
    },
    skip(ms, now) {
      for (const times of [seen, since, goodSince])
        for (const [tag, at] of times.entries()) if (at < now) times[tag] = Math.min(now, at + ms);
    },
    blind: (tag, now) => still[tag] === 0 && lasted(tag, now) >= afterMs,
    sweep(now) {
      const changes: AlarmState[] = [];
      for (const [source, own] of sources) {
        const cut = own.filter((tag) => lasted(tag, now.mono) >= afterMs && linkCodes.has(why[tag] ?? 0));
        const spoken = own.every((tag) => answered[tag] === 1);
        take(linkName(own), linkAlarm(tags, source, own, cut, why), spoken, now, changes);
      }
      for (const tag of tags.keys()) judgeTag(tag, now, changes);
      return changes;
    },
    act(alarm, change) {
      const before = alarms.get(alarm);
      const after = before === undefined ? null : change(before);
      return after === null ? null : keep(after);
    },
    open: () => [...alarms.values()],
  };
}
