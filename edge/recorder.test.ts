import { expect, test } from "vitest";
import type { AlarmState } from "../shared/domain/alarm.ts";
import type { RigEvent } from "../shared/domain/event.ts";
import { openWaiting } from "./journal/waiting.ts";
import { openRecorder } from "./recorder.ts";

const time = { receivedAt: 5, mono: 0, clock: "unknown" as const };

/** The journal's own room in RAM, 2 kB of it, without a disk: `store` takes what waits and gives its events. */
function stage() {
  const waiting = openWaiting(2_000);
  const recorder = openRecorder(
    (events) => waiting.add({ stream: "events", ...time, events }, "storage failed"),
    waiting.bytes,
  );
  async function store(): Promise<RigEvent[]> {
    const events: RigEvent[] = [];
    for (let group = waiting.take(); group !== null; group = waiting.take()) {
      events.push(...group.frames.flatMap((frame) => (frame.stream === "events" ? frame.events : [])));
      group.done(true);
      await Promise.resolve();
    }
    return events;
  }
  return { recorder, store };
}

function alarm(name: string, changedAt: number, state: AlarmState["state"] = "unacknowledged"): RigEvent {
  return {
    type: "alarm",
    state: {
      ...{ alarm: name, tag: "000000000000000a", name: "mud_pressure", text: "low", condition: "l", priority: 2 },
      ...{ state, value: 1, limit: 2, unit: "psi", raisedAt: 1, changedAt, cannotJudge: false },
      ...{ acknowledgedAt: null, acknowledgedBy: null },
    },
  };
}
const filling: RigEvent = { type: "action", at: 1, who: "a", station: "b", what: "x".repeat(1_900) };
const alarmsOf = (events: readonly RigEvent[]) =>
  events.flatMap((event) => (event.type === "alarm" ? [[event.state.alarm, event.state.changedAt]] : []));

test("an alarm's change that found no room is stored once there is room, and once only", async () => {
  const { recorder, store } = stage();
  void recorder.record(filling);
  expect(await recorder.record(alarm("a:l", 1))).toBe(false);
  await recorder.again();
  expect(alarmsOf(await store())).toEqual([]);
  void recorder.again();
  expect(alarmsOf(await store())).toEqual([["a:l", 1]]);
  void recorder.again();
  expect(alarmsOf(await store())).toEqual([]);
});

test("of several changes that found no room the newest of each alarm is stored, and none that a later one overtook", async () => {
  const { recorder, store } = stage();
  void recorder.record(filling);
  await recorder.record(alarm("a:l", 1));
  await recorder.record(alarm("a:l", 2, "acknowledged"));
  await recorder.record(alarm("b:l", 3));
  await store();
  const later = recorder.record(alarm("b:l", 4, "acknowledged"));
  void recorder.again();
  expect(alarmsOf(await store())).toEqual([
    ["b:l", 4],
    ["a:l", 2],
  ]);
  expect(await later).toBe(true);
});

test("a correction of the clock that found no room is stored once there is room; a step alone may be missed", async () => {
  const { recorder, store } = stage();
  const clock = { type: "clock", at: 9, mono: 5, step: 0, state: "unknown" } as const;
  const correction = { at: 1_700_000_000_000, mono: 5, uncertainty: 300, by: "office" } as const;
  void recorder.record(filling);
  expect(await recorder.record({ ...clock, correction })).toBe(false);
  expect(await recorder.record({ ...clock, step: 900 })).toBe(false);
  await store();
  void recorder.again();
  expect(await store()).toEqual([{ ...clock, correction }]);
  void recorder.again();
  expect(await store()).toEqual([]);
});
