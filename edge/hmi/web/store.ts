import { batch, type Signal, signal } from "@preact/signals";
import type {
  HmiChange,
  HmiClock,
  HmiParts,
  HmiPerson,
  HmiSnapshot,
  HmiTag,
  HmiValues,
} from "../../../shared/domain/hmi.ts";
import { openLive } from "../../../shared/ui/live.ts";
import type { Reading } from "../../../shared/ui/shown.ts";

/** Everything that the page knows. Only pages and main.tsx read it; components get props. */
export const rig = signal<HmiParts["rig"]>(null);
export const tags = signal<HmiTag[]>([]);
export const state = signal<HmiParts["state"]>(null);
export const alarms = signal<HmiParts["alarms"]>([]);
export const advice = signal<HmiParts["advice"]>({});
export const score = signal<HmiParts["score"]>(null);
export const link = signal<HmiParts["link"] | null>(null);
export const storage = signal<HmiParts["storage"]>(null);
export const fault = signal<HmiParts["fault"]>(null);
export const configuration = signal<HmiParts["configuration"]>(null);
export const person = signal<HmiPerson | null>(null);
/** Which run of the daemon the page was last told of; empty before the first. */
export const run = signal("");
/** The first snapshot is there. */
export const known = signal(false);
export const clockState = signal<HmiClock["state"]>("unknown");

/** The newest reading of each tag, by its place in the list of tags. */
let readings: Signal<Reading | null>[] = [];
/** Rises with every new list of tags, so that pages take the new signals. */
const generation = signal(0);

/** Rig time: the server's clocks at its last message plus what passed here since. */
let base = { here: performance.now(), mono: 0, wall: Date.now() };
/** The last full second on the server's monotonic clock and the wall time then. Ages and clocks are drawn from it. */
export const now = signal({ mono: 0, wall: 0 });
/** Wall time of the last message: what the screen knows is as of then. */
export const heardAt = signal(0);
/** Time of the newest reading that this page has seen, also of a run of the daemon before this one. */
export const lastValueAt = signal(0);

/** The signal of a tag's newest reading. */
export function readingOf(index: number): Signal<Reading | null> {
  generation.value;
  const known = readings[index];
  if (known !== undefined) return known;
  const made = signal<Reading | null>(null);
  readings[index] = made;
  return made;
}

function takeClock(clock: HmiClock) {
  base = { here: performance.now(), mono: clock.mono, wall: clock.wall };
  clockState.value = clock.state;
  heardAt.value = clock.wall;
  if (now.value.mono === 0 || clock.mono < now.value.mono - 1_000) takeSecond();
}

function takeSecond() {
  const passed = performance.now() - base.here;
  now.value = { mono: base.mono + passed, wall: base.wall + passed };
}

function takeValues(values: HmiValues) {
  for (const at of values.at) if (at > lastValueAt.value) lastValueAt.value = at;
  for (const [i, tag] of values.tag.entries()) {
    readingOf(tag).value = {
      at: values.at[i] ?? 0,
      seen: values.seen[i] ?? 0,
      value: values.value[i] ?? null,
      quality: values.quality[i] ?? "bad",
      reason: values.reason[i] ?? null,
      low: values.low[i] ?? null,
      high: values.high[i] ?? null,
    };
  }
}

function takeChange(change: HmiChange) {
  takeClock(change.clock);
  if (change.rig !== undefined) rig.value = change.rig;
  if (change.tags !== undefined) tags.value = change.tags;
  if (change.state !== undefined) state.value = change.state;
  if (change.alarms !== undefined) alarms.value = change.alarms;
  if (change.advice !== undefined) advice.value = change.advice;
  if (change.score !== undefined) score.value = change.score;
  if (change.link !== undefined) link.value = change.link;
  if (change.storage !== undefined) storage.value = change.storage;
  if (change.fault !== undefined) fault.value = change.fault;
  if (change.configuration !== undefined) configuration.value = change.configuration;
  if (change.values !== undefined) takeValues(change.values);
}

let lastId = "";

/** The line to the rig box. Server-sent events; goes on after the last event that arrived. */
export const live = openLive({
  connect({ message, ended }) {
    const source = new EventSource(`./api/v1/hmi/events${lastId === "" ? "" : `?after=${lastId}`}`);
    const on = (name: string, take: (data: string) => void) =>
      source.addEventListener(name, (event: MessageEvent<string>) => {
        if (event.lastEventId !== "") lastId = event.lastEventId;
        batch(() => {
          take(event.data);
          message();
        });
      });
    on("snapshot", (data) => {
      const snapshot: HmiSnapshot = JSON.parse(data);
      readings = [];
      generation.value += 1;
      takeChange(snapshot);
      run.value = snapshot.run;
      known.value = true;
    });
    on("change", (data) => takeChange(JSON.parse(data)));
    on("beat", (data) => takeClock(JSON.parse(data)));
    source.onerror = ended;
    return () => source.close();
  },
});

/** Starts the page's second: one timer for clocks, ages and the line. */
export function startSecond(): void {
  setInterval(() => {
    batch(() => {
      takeSecond();
      live.tick();
    });
  }, 1_000);
}
