import { randomBytes } from "node:crypto";
import type { HmiChange, HmiClock, HmiParts, HmiSnapshot, HmiState, HmiValues } from "../../shared/domain/hmi.ts";
import type { Latest } from "./latest.ts";
import type { RigView } from "./rig-view.ts";

/** How far a screen has been told: the parts' and the values' counter of one run. Its text is the event's id. */
export interface Cursor {
  run: string;
  parts: number;
  values: number;
}

/** What a screen that was told up to some cursor does not know yet. Counters of its own, never a reading's time. */
export interface Changes {
  /** Compares the daemon's parts with what was told; true if there is anything new. */
  look(): boolean;
  cursor(): Cursor;
  /** What came after the cursor; null if it is of another run and everything must be told. */
  since(cursor: Cursor): HmiChange | null;
  snapshot(): HmiSnapshot;
  clock(): HmiClock;
}

const noValues: HmiValues = { tag: [], at: [], seen: [], value: [], quality: [], reason: [], low: [], high: [] };
const newRun = () => randomBytes(4).toString("hex");

export function openChanges(daemon: RigView): Changes {
  const told = new Map<keyof HmiParts, { json: string; number: number }>();
  const stated = openStated();
  let current = partsOf(daemon, stated);
  let latest: Latest | null = daemon.latest();
  let run = newRun();
  let number = 0;
  let seenValues = -1;

  function clock(): HmiClock {
    return { mono: Math.round(performance.now()), wall: Date.now(), state: daemon.clock() };
  }

  function look() {
    const before = `${run} ${number} ${seenValues}`;
    if (daemon.latest() !== latest) {
      latest = daemon.latest();
      run = newRun();
      told.clear();
    }
    current = partsOf(daemon, stated);
    let next = number;
    for (const name of partNames) {
      if ((name === "tags" || name === "advice") && told.has(name)) continue; // never change within one table
      const json = JSON.stringify(current[name]);
      if (told.get(name)?.json === json) continue;
      next = number + 1;
      told.set(name, { json, number: next });
    }
    number = next;
    seenValues = latest?.change() ?? 0;
    return before !== `${run} ${number} ${seenValues}`;
  }

  look();
  return {
    look,
    clock,
    cursor: () => ({ run, parts: number, values: seenValues }),
    since(cursor) {
      if (cursor.run !== run || cursor.parts > number || cursor.values > seenValues) return null;
      const change: HmiChange = { clock: clock() };
      for (const name of partNames) {
        if ((told.get(name)?.number ?? 0) > cursor.parts) Object.assign(change, { [name]: current[name] });
      }
      if (latest !== null && seenValues > cursor.values) change.values = latest.valuesSince(cursor.values);
      return change;
    },
    snapshot: () => ({ run, number, clock: clock(), ...current, values: latest?.valuesSince(0) ?? noValues }),
  };
}

export function cursorText({ run, parts, values }: Cursor): string {
  return `${run}-${parts}-${values}`;
}

/** Reads an event's id back; null if it is none of ours. */
export function cursorOf(text: string | undefined): Cursor | null {
  const match = /^([0-9a-f]{8})-(\d{1,15})-(\d{1,15})$/.exec(text ?? "");
  return match === null ? null : { run: match[1] ?? "", parts: Number(match[2]), values: Number(match[3]) };
}

const partNames = [
  "rig",
  "tags",
  "state",
  "alarms",
  "advice",
  "score",
  "link",
  "storage",
  "fault",
  "configuration",
] as const satisfies readonly (keyof HmiParts)[];

/** Where nobody saw a state begin it lasts at least since it was first seen: keeps when that was. */
function openStated(): (state: HmiState | null) => HmiState | null {
  let seen: { state: HmiState["state"]; at: number } | null = null;
  return (state) => {
    if (state === null || state.since !== null) {
      seen = null;
      return state;
    }
    if (seen?.state !== state.state) seen = { state: state.state, at: Date.now() };
    return { ...state, seenSince: seen.at };
  };
}

function partsOf(daemon: RigView, stated: ReturnType<typeof openStated>): HmiParts {
  return {
    rig: daemon.rig(),
    tags: [...(daemon.latest()?.tags ?? [])],
    state: stated(daemon.state()),
    alarms: [...daemon.alarms()],
    advice: daemon.advice(),
    score: daemon.score(),
    link: daemon.link(),
    storage: daemon.storage(),
    fault: daemon.fault(),
    configuration: daemon.configuration(),
  };
}
