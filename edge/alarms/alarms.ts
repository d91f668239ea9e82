import type { AlarmState } from "../../shared/domain/alarm.ts";
import { BAD, type Block, QUALITY_MASK, rawNumber, reasonCode } from "../../shared/domain/reading.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import { engineering, representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import { acknowledge, unshelve } from "./life.ts";
import { quietBand, rulesOf } from "./limits.ts";
import { restoredUntil, type ShelveAsk, settle, shelve } from "./shelf.ts";
import { openTrouble } from "./trouble.ts";
import { type Change, type Moment, openWatch, type Watch } from "./watch.ts";

export interface AlarmOptions {
  tags: readonly TagVersion[];
  /** How often each tag should come, ms. */
  pollMs: readonly number[];
  /** The alarms that were open when the last run ended; those of tags and limits that are gone are left out. */
  restored: readonly AlarmState[];
  now: Moment;
  /** The boot that `mono` counts from. */
  boot: string;
  /** The wall clock is kept true: only then can a new boot tell how long a shelved alarm still has. */
  clockSure: boolean;
  /** What contributed to the last score of a tag, greatest first. */
  evidenceOf?: (tag: number) => AlarmState["evidence"];
}

/** All alarms of the rig, limits, scores and missing values alike. What a method returns has changed and must be stored; the newest state of an alarm counts. */
export interface Alarms {
  /** Judges the readings of a validated block. */
  judge(block: Block, state: RigState, now: Moment): AlarmState[];
  /** The daemon itself stood still for `ms`, up to `mono`: nothing is raised because of that. Call before anything is judged after it. */
  stoodStill(ms: number, mono: number): void;
  /** Finds what is missing; call about once a second, also when nothing came. */
  sweep(now: Moment): AlarmState[];
  /** Null where there is no such alarm or nothing to acknowledge. */
  acknowledge(alarm: string, who: string, at: number): AlarmState | null;
  /** Puts an open alarm aside for a time; `sweep` returns it. Null where there is no such alarm, or its priority does not allow it. */
  shelve(alarm: string, ask: ShelveAsk, now: Moment): AlarmState | null;
  /** Ends a shelving before its time, by hand or because it could not be stored. Null where nothing of this name is shelved. */
  unshelve(alarm: string, who: string, why: "by hand" | "not stored", at: number): AlarmState | null;
  /** Every alarm that is not normal. */
  open(): AlarmState[];
}

const flatLine = reasonCode("flat line");
/** For a bad reading that says nothing of itself. */
const noReason = reasonCode("device status");

export function openAlarms(options: AlarmOptions): Alarms {
  const { tags, pollMs, restored, now, boot, clockSure, evidenceOf } = options;
  const before = new Map(restored.filter((alarm) => alarm.state !== "normal").map((alarm) => [alarm.alarm, alarm]));
  const position = new Map(tags.map(({ id }, i) => [id, i]));
  /** Most tags are never beyond anything: a watch is opened by the first value that is, or for an alarm of the run before. */
  const watches = new Map<number, Watch>();
  const ruled = Uint8Array.from(tags, (tag) => Number(rulesOf(tag).length > 0));
  for (const alarm of before.values()) {
    const tag = position.get(alarm.tag) ?? -1;
    const version = tags[tag];
    if (version !== undefined) watches.set(tag, openWatch(version, before));
  }
  const as = tags.map((tag) => representationOf(tag.kind));
  const trouble = openTrouble(tags, pollMs, before, now.mono);
  /** Between these a tag's value raises nothing in the present state; most readings end here. */
  const floor = new Float64Array(tags.length);
  const ceiling = new Float64Array(tags.length);
  const busy = Uint8Array.from(tags, (_, tag) => Number(watches.get(tag)?.busy ?? false));
  /** Alarms of the run before stand, and no value of this run has judged them yet. */
  const unjudged = busy.slice();
  let drawn: RigState | null = null;
  /** Shelved alarms, and until when on the monotonic clock; null where only their return is safe. */
  const shelf = new Map<string, number | null>();
  for (const alarm of open())
    if (alarm.shelving !== undefined) shelf.set(alarm.alarm, restoredUntil(alarm, boot, now, clockSure));

  function open(): AlarmState[] {
    return [...[...watches.values()].flatMap((watch) => watch.open()), ...trouble.open()];
  }

  function watchOf(tag: number, version: TagVersion): Watch {
    const watch = watches.get(tag) ?? openWatch(version, before);
    watches.set(tag, watch);
    return watch;
  }

  function act(alarm: string, change: Change): AlarmState | null {
    const [tag = ""] = alarm.split(":");
    return watches.get(position.get(tag) ?? -1)?.act(alarm, change) ?? trouble.act(alarm, change);
  }

  /** What on the shelf has had its time. One that has left it by another way gives nothing here. */
  function sweepShelf(moment: Moment): AlarmState[] {
    return [...shelf].flatMap(([alarm, until]) => {
      let shelved = false;
      const after = act(alarm, (before) => {
        shelved = before.shelving !== undefined;
        return settle(before, until, boot, moment);
      });
      if (!shelved || (after !== null && after.shelving === undefined)) shelf.delete(alarm);
      return after ?? [];
    });
  }

  function draw(state: RigState): void {
    drawn = state;
    for (const [i, tag] of tags.entries()) [floor[i], ceiling[i]] = quietBand(rulesOf(tag), state);
  }

  return {
    judge(block, state, moment) {
      if (state !== drawn) draw(state);
      const changes: AlarmState[] = [];
      for (let i = 0; i < block.length; i++) {
        const tag = block.tag[i] ?? 0;
        const bad = ((block.status[i] ?? 0) & QUALITY_MASK) === BAD;
        const reason = block.reason[i] ?? 0;
        trouble.saw(tag, bad ? reason || noReason : reason === flatLine ? reason : 0, bad, moment.mono);
        const version = tags[tag];
        if (bad || version === undefined || ruled[tag] === 0) continue;
        const value = engineering(version.kind, rawNumber(block, i, as[tag] ?? "double"));
        if (busy[tag] === 0 && value >= (floor[tag] ?? 0) && value <= (ceiling[tag] ?? 0)) continue;
        if (Number.isNaN(value)) continue;
        const watch = watchOf(tag, version);
        unjudged[tag] = 0;
        changes.push(...watch.judge(value, state, moment, evidenceOf?.(tag)));
        busy[tag] = Number(watch.busy);
      }
      return changes;
    },
    stoodStill(ms, mono) {
      trouble.skip(ms, mono);
      for (const watch of watches.values()) watch.restart(mono);
    },
    sweep(moment) {
      const changes = trouble.sweep(moment);
      for (const [tag, watch] of watches) {
        const blind = unjudged[tag] === 1 || (busy[tag] === 1 && trouble.blind(tag, moment.mono));
        if (blind) changes.push(...watch.cannotJudge(moment));
      }
      changes.push(...sweepShelf(moment));
      return changes;
    },
    acknowledge: (alarm, who, at) => act(alarm, (before) => acknowledge(before, who, at)),
    shelve(alarm, ask, moment) {
      const after = act(alarm, (before) => shelve(before, ask, boot, moment));
      if (after?.shelving !== undefined) shelf.set(alarm, after.shelving.untilMono);
      return after;
    },
    unshelve: (alarm, who, why, at) => act(alarm, (before) => unshelve(before, why, who, at)),
    open,
  };
}
