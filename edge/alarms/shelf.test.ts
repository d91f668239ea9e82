import fc from "fast-check";
import { expect, test } from "vitest";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { AT_SOURCE, Block, GOOD } from "../../shared/domain/reading.ts";
import { longestShelveMs } from "../../shared/domain/shelving.ts";
import { Limits, type TagVersion } from "../../shared/domain/tag.ts";
import { openAlarms } from "./alarms.ts";
import { whyNotShelved } from "./shelf.ts";

const minute = 60_000;
const tag: TagVersion = {
  id: "aaaaaaaaaaaaaaaa",
  name: "mud_pressure",
  label: "Standpipe pressure",
  unit: "psi",
  kind: { type: "double", scale: 1, offset: 0 },
  limits: Limits.parse({
    onDelayS: 2,
    l: { at: 40, priority: 2 },
    h: { at: 100, priority: 3 },
    hh: { at: 200, priority: 1 },
  }),
  source: "plc",
  validFrom: 0,
};
const names = ["l", "h", "hh"].map((condition) => `${tag.id}:${condition}`);
const H = `${tag.id}:h`;

/** A rig whose second, wall clock, boot and run a test moves on its own. */
function rig(own: TagVersion = tag) {
  let [mono, off, boot] = [0, Date.UTC(2026, 0, 1), 1];
  const moment = () => ({ at: mono + off, mono });
  const bootId = () => boot.toString(16).padStart(16, "0");
  const begin = (restored: AlarmState[], clockSure = true, with_ = own) =>
    openAlarms({ tags: [with_], pollMs: [1_000], restored, now: moment(), boot: bootId(), clockSure });
  let alarms = begin([]);
  const said: AlarmState[] = [];
  const say = (...changes: (AlarmState | null)[]) => {
    for (const change of changes) if (change !== null) said.push(AlarmState.parse(change));
    return changes;
  };
  const second = (value: number) => {
    mono += 1_000;
    const block = new Block();
    block.push(0, moment().at, value, GOOD | AT_SOURCE, 0);
    say(...alarms.judge(block, "unknown", moment()), ...alarms.sweep(moment()));
  };
  return {
    said,
    moment,
    second,
    seconds: (times: number, value: number) => {
      for (let i = 0; i < times; i++) second(value);
    },
    /** The machine stands by for a while: one look after it. */
    skip: (ms: number, value: number) => {
      mono += ms - 1_000;
      second(value);
    },
    jump: (ms: number) => {
      off += ms;
    },
    shelve: (alarm = H, forMs = 15 * minute) =>
      say(alarms.shelve(alarm, { who: "op", why: "known", forMs }, moment()))[0],
    unshelve: (alarm = H) => say(alarms.unshelve(alarm, "op", "by hand", moment().at))[0],
    acknowledge: (alarm = H) => say(alarms.acknowledge(alarm, "op", moment().at))[0],
    state: (alarm = H) => alarms.open().find((one) => one.alarm === alarm) ?? null,
    open: () => alarms.open(),
    restart: (clockSure = true, with_ = own) => {
      alarms = begin(alarms.open(), clockSure, with_);
    },
    reboot: (offMs: number, clockSure = true) => {
      boot += 1;
      off += mono + offMs;
      mono = 0;
      alarms = begin(alarms.open(), clockSure);
    },
  };
}

test("a shelved alarm says nothing until its time is up, then needs somebody again if it is still so", () => {
  const { seconds, shelve, said, state, skip, moment } = rig();
  seconds(4, 120);
  expect(shelve()).toMatchObject({ state: "shelved", shelving: { who: "op", why: "known", active: true } });
  const before = said.length;
  seconds(10, 120);
  expect(said.length).toBe(before);
  skip(15 * minute - 11_000, 120);
  expect(state()?.state).toBe("shelved");
  seconds(2, 120);
  const at = moment().at - 1_000;
  expect(state()).toMatchObject({ state: "unacknowledged", unshelved: { at, who: null, why: "time is up" } });
});

test("one that is over when its time is up ends, and what comes and goes meanwhile is told as shelved only", () => {
  const { seconds, shelve, said, skip, state } = rig();
  seconds(4, 120);
  shelve();
  seconds(3, 50);
  seconds(5, 120);
  seconds(3, 50);
  expect(said.slice(2).map(({ state, shelving }) => [state, shelving?.active])).toEqual([
    ["shelved", false],
    ["shelved", true],
    ["shelved", false],
  ]);
  skip(15 * minute, 50);
  expect(said.at(-1)).toMatchObject({ state: "normal", unshelved: { why: "time is up" } });
  expect(state()).toBeNull();
});

test("priority 1 is never shelved, 2 for an hour and 3 for eight hours at most, and nothing twice", () => {
  const { seconds, shelve } = rig();
  seconds(4, 250);
  expect(shelve(names[2], minute)).toBeNull();
  seconds(4, 30);
  expect(shelve(names[0], 60 * minute + 1)).toBeNull();
  expect(shelve(names[0], 60 * minute)).not.toBeNull();
  expect(shelve(names[0], minute)).toBeNull();
  seconds(4, 120);
  expect([shelve(H, 481 * minute), shelve(H, 0), shelve(H, 0.5)]).toEqual([null, null, null]);
  expect(shelve(H, 480 * minute)).not.toBeNull();
});

test("who asks for too much is told what is allowed, and which field is at fault", () => {
  const { seconds, state } = rig();
  seconds(4, 250);
  const critical = state(names[2]);
  seconds(4, 30);
  const high = state(names[0]);
  expect(critical && whyNotShelved(critical, minute)).toEqual({
    message: "An alarm of priority 1 is never shelved.",
    field: "alarm",
  });
  expect(high && whyNotShelved(high, 61 * minute)).toEqual({
    message: "An alarm of priority 2 is shelved for 1 min to 1 h.",
    field: "forMs",
  });
  expect(high && whyNotShelved(high, 60 * minute)).toBeNull();
});

test("a more urgent alarm on the same side ends the shelving, so that what is left of it is heard", () => {
  const { seconds, shelve, said, state } = rig();
  seconds(4, 120);
  shelve();
  seconds(4, 250);
  expect(state(names[2])?.state).toBe("unacknowledged");
  expect(said.at(-1)).toMatchObject({ alarm: H, state: "normal", unshelved: { why: "priority rose" } });
  seconds(2, 150);
  expect(state()?.state).toBe("unacknowledged");
});

test("an alarm that the configuration makes more urgent is heard at once", () => {
  const { seconds, shelve, state, restart } = rig();
  seconds(4, 120);
  shelve();
  const urgent = { ...tag, limits: { ...tag.limits, h: { at: 100, priority: 2 as const } } };
  restart(true, urgent);
  seconds(4, 120);
  expect(state()).toMatchObject({ state: "unacknowledged", priority: 2, unshelved: { why: "priority rose" } });
});

test("by hand it returns at once and needs an acknowledgement, and can't be acknowledged while shelved", () => {
  const { seconds, shelve, unshelve, acknowledge } = rig();
  seconds(4, 120);
  acknowledge();
  shelve();
  expect(acknowledge()).toBeNull();
  expect(unshelve()).toMatchObject({
    state: "unacknowledged",
    acknowledgedBy: null,
    unshelved: { who: "op", why: "by hand" },
  });
  expect(unshelve()).toBeNull();
});

test("a shelving survives a restart of the daemon, whatever the wall clock did, with its time running on", () => {
  for (const jump of [0, -3_600_000 * 5]) {
    const { seconds, shelve, restart, jump: step, skip, state } = rig();
    seconds(4, 120);
    const shelved = shelve();
    step(jump);
    restart(false);
    expect(state()).toEqual(shelved);
    skip(14 * minute, 120);
    expect(state()?.state).toBe("shelved");
    skip(minute, 120);
    expect(state()?.unshelved?.why).toBe("time is up");
  }
});

test("a clock that steps forward returns it early, one that steps back not later, and the time shown follows", () => {
  const forward = rig();
  forward.seconds(4, 120);
  forward.shelve();
  forward.jump(20 * minute);
  forward.second(120);
  expect(forward.state()?.unshelved?.why).toBe("time is up");
  const back = rig();
  back.seconds(4, 120);
  back.shelve();
  back.jump(-60 * minute);
  back.second(120);
  expect((back.state()?.shelving?.until ?? 0) - back.moment().at).toBe(15 * minute - 1_000);
  back.skip(15 * minute - 1_000, 120);
  expect(back.state()?.unshelved?.why).toBe("time is up");
});

test("after a reboot only a sure clock that did not go back keeps it shelved", () => {
  const shelvedBefore = (offMs: number, sure: boolean) => {
    const one = rig();
    one.seconds(4, 120);
    one.shelve();
    one.reboot(offMs, sure);
    one.second(120);
    return one;
  };
  const sure = shelvedBefore(5 * minute, true);
  expect(sure.state()?.state).toBe("shelved");
  sure.restart(false);
  sure.skip(10 * minute, 120);
  expect(sure.state()?.unshelved?.why).toBe("time is up");
  expect(shelvedBefore(5 * minute, false).state()?.unshelved?.why).toBe("clock not sure");
  expect(shelvedBefore(-60 * minute, true).state()?.unshelved?.why).toBe("clock not sure");
  expect(shelvedBefore(16 * minute, true).state()?.unshelved?.why).toBe("time is up");
});

const next: Record<string, string[]> = {
  none: ["unacknowledged"],
  unacknowledged: ["unacknowledged", "returned", "acknowledged", "shelved"],
  acknowledged: ["acknowledged", "normal", "shelved"],
  returned: ["unacknowledged", "normal", "shelved"],
  shelved: ["shelved", "unacknowledged", "normal"],
};
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("value" as const),
      value: fc.constantFrom(30, 50, 99, 120, 250),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("skip" as const),
      ms: fc.constantFrom(30_000, 5 * minute, 61 * minute),
      value: fc.constantFrom(50, 120, 250),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("acknowledge" as const),
      alarm: fc.constantFrom(...names),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unshelve" as const), alarm: fc.constantFrom(...names) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("shelve" as const),
      alarm: fc.constantFrom(...names),
      forMs: fc.constantFrom(minute, 15 * minute, 60 * minute, 480 * minute, 999 * minute),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("jump" as const),
      ms: fc.constantFrom(-90 * minute, -3_000, 3_000, 90 * minute),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reboot" as const),
      ms: fc.constantFrom(-10 * minute, 2 * minute, 70 * minute),
      sure: fc.boolean(),
    }),
  },
);

test("whatever people, values and clocks do, an alarm lives after ISA-18.2, none is shelved longer than it may be, and none is hidden", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const one = rig();
      const last = new Map<string, AlarmState>();
      /** Real time, which neither clock knows, at which each was shelved. */
      const since = new Map<string, number>();
      let [real, monoBefore, told] = [0, 0, 0];
      for (const each of steps) {
        if (each.do === "value") one.seconds(each.times, each.value);
        else if (each.do === "skip") one.skip(each.ms, each.value);
        else if (each.do === "shelve") one.shelve(each.alarm, each.forMs);
        else if (each.do === "jump") one.jump(each.ms);
        else if (each.do === "restart") one.restart();
        else if (each.do === "acknowledge") one.acknowledge(each.alarm);
        else if (each.do === "unshelve") one.unshelve(each.alarm);
        else one.reboot(each.ms, each.sure);
        // A machine is off for no negative time; its clock may say so.
        real += each.do === "reboot" ? Math.max(0, each.ms) : one.moment().mono - monoBefore;
        monoBefore = one.moment().mono;
        for (const change of one.said.slice(told)) {
          const before = last.get(change.alarm);
          expect(next[before?.state ?? "none"]).toContain(change.state);
          expect(change.state === "shelved").toBe(change.shelving !== undefined);
          if (before?.state === "shelved" && change.state !== "shelved")
            expect(change.unshelved?.at).toBe(change.changedAt);
          if (before?.shelving !== undefined && change.shelving !== undefined)
            expect(change.shelving.until).toBeLessThanOrEqual(before.shelving.until);
          if (change.state === "shelved" && before?.state !== "shelved") since.set(change.alarm, real);
          if (change.state === "normal") last.delete(change.alarm);
          else last.set(change.alarm, change);
        }
        told = one.said.length;
        expect(new Map(one.open().map((open) => [open.alarm, open]))).toEqual(last);
        const looked = each.do === "value" || each.do === "skip";
        for (const { alarm, priority, shelving } of looked ? one.open() : []) {
          if (shelving === undefined) continue;
          expect(shelving.forMs).toBeLessThanOrEqual(longestShelveMs(priority));
          expect(real - (since.get(alarm) ?? 0)).toBeLessThan(shelving.forMs);
        }
        if (each.do !== "value" || each.times < 4 || each.value === 50 || each.value === 99) continue;
        const side = each.value < 50 ? ["l"] : each.value < 200 ? ["h"] : ["hh"];
        expect(
          one.open().filter(({ condition, state }) => side.includes(condition) && state !== "returned"),
        ).toHaveLength(1);
      }
    }),
    { numRuns: 300 },
  );
});
