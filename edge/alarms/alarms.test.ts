import fc from "fast-check";
import { expect, test } from "vitest";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { AT_SOURCE, BAD, Block, GOOD, type Reason, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import { Limits, type TagVersion } from "../../shared/domain/tag.ts";
import { type Alarms, openAlarms } from "./alarms.ts";

const start = Date.UTC(2026, 0, 1);
const version = (limits: object, over: Partial<TagVersion> = {}): TagVersion => ({
  id: "aaaaaaaaaaaaaaaa",
  name: "mud_pressure",
  label: "Standpipe pressure",
  unit: "psi",
  kind: { type: "double", scale: 1, offset: 0 },
  limits: Limits.parse({ onDelayS: 2, ...limits }),
  source: "plc",
  validFrom: 0,
  ...over,
});
const high = version({ h: { at: 100, priority: 3 }, hh: { at: 200, priority: 1 } });

/** One rig, second by second. */
function rig(tags: TagVersion[], restored: AlarmState[] = []) {
  let second = 0;
  const moment = () => ({ at: start + second * 1_000, mono: second * 1_000 });
  const alarms: Alarms = openAlarms({
    tags,
    pollMs: tags.map(() => 1_000),
    restored,
    now: moment(),
    boot: "0".repeat(16),
    clockSure: true,
  });
  let state: RigState = "unknown";
  const said: AlarmState[] = [];
  const step = (fill: (block: Block, at: number) => void) => {
    second++;
    const block = new Block();
    fill(block, moment().at);
    const changes = [...alarms.judge(block, state, moment()), ...alarms.sweep(moment())];
    for (const change of changes) AlarmState.parse(change);
    said.push(...changes);
    return changes.map((change) => `${change.condition} ${change.state}${change.cannotJudge ? " ?" : ""}`);
  };
  return {
    alarms,
    said,
    at: () => moment().at,
    enter: (now: RigState) => {
      state = now;
    },
    value: (value: number, status = GOOD, reason = 0) =>
      step((block, at) => block.push(0, at, value, status | AT_SOURCE, reason)),
    bad: (reason: Reason, detail = 0, count = 1) =>
      step((block, at) => {
        for (let tag = 0; tag < count; tag++) block.pushBad(tag, at, reasonCode(reason, detail));
      }),
    nothing: () => step(() => {}),
    /** The daemon itself stands still. */
    freeze: (seconds: number) => {
      second += seconds;
      alarms.stoodStill(seconds * 1_000, moment().mono);
    },
    many: (values: number[]) =>
      step((block, at) => {
        for (const [tag, value] of values.entries()) block.push(tag, at, value, GOOD, 0);
      }),
    repeat: (times: number, one: () => string[]) => Array.from({ length: times }, one).flat(),
  };
}

test("a limit raises only after its delay, and a spike in between starts it again", () => {
  const { value, said } = rig([high]);
  expect([value(50), value(120), value(120), value(99), value(120), value(120)].flat()).toEqual([]);
  expect(value(121)).toEqual(["h unacknowledged"]);
  expect(said[0]).toMatchObject({
    alarm: "aaaaaaaaaaaaaaaa:h",
    text: "Standpipe pressure high",
    value: 121,
    limit: 100,
    priority: 3,
  });
});

test("it is over only when the value is back by the deadband, and stays in the list until somebody has seen it", () => {
  const { value, repeat, alarms, at } = rig([high]);
  repeat(3, () => value(120));
  expect(value(99)).toEqual([]);
  expect(value(98)).toEqual(["h returned"]);
  expect(alarms.open()).toHaveLength(1);
  expect(alarms.acknowledge("aaaaaaaaaaaaaaaa:h", "op", at())).toMatchObject({ state: "normal", acknowledgedBy: "op" });
  expect(alarms.open()).toEqual([]);
  expect(alarms.acknowledge("aaaaaaaaaaaaaaaa:h", "op", at())).toBeNull();
});

test("an acknowledged alarm ends by itself", () => {
  const { value, repeat, alarms, at } = rig([high]);
  repeat(3, () => value(120));
  expect(alarms.acknowledge("aaaaaaaaaaaaaaaa:h", "op", at())?.state).toBe("acknowledged");
  expect(value(120)).toEqual([]);
  expect(value(50)).toEqual(["h normal"]);
  expect(alarms.open()).toEqual([]);
});

test("while the outer limit is passed the inner one is silent, and speaks again when only it is passed", () => {
  const { value, repeat, alarms } = rig([high]);
  expect(repeat(4, () => value(250))).toEqual(["hh unacknowledged"]);
  const active = () =>
    alarms
      .open()
      .filter((one) => one.state === "unacknowledged")
      .map((one) => one.condition);
  expect(active()).toEqual(["hh"]);
  expect(value(150)).toEqual(["hh returned", "h unacknowledged"]);
  expect(active()).toEqual(["h"]);
  expect(repeat(4, () => value(250))).toEqual(["hh unacknowledged", "h returned"]);
});

test("a limit counts only in its states, and its alarm ends when the state does", () => {
  const { value, repeat, enter } = rig([version({ l: { at: 1_000, priority: 2, states: ["circulating"] } })]);
  expect(repeat(5, () => value(0))).toEqual([]);
  enter("circulating");
  expect(repeat(3, () => value(900))).toEqual(["l unacknowledged"]);
  enter("connection");
  expect(value(0)).toEqual(["l returned"]);
});

test("an alarm that depends on the rig's state is not called over while that is unknown", () => {
  const { value, repeat, enter } = rig([version({ l: { at: 1_000, priority: 2, states: ["circulating"] } })]);
  enter("circulating");
  repeat(3, () => value(900));
  enter("unknown");
  expect(repeat(3, () => value(900))).toEqual(["l unacknowledged ?"]);
  enter("circulating");
  expect(value(900)).toEqual(["l unacknowledged"]);
  expect(value(1_100)).toEqual(["l returned"]);
});

test("a bad value ends no alarm: after ten seconds it says that it can't be judged", () => {
  const { value, bad, repeat } = rig([high]);
  repeat(3, () => value(120));
  expect(repeat(9, () => bad("not a number"))).toEqual([]);
  expect(repeat(3, () => bad("not a number"))).toEqual(["quality unacknowledged", "h unacknowledged ?"]);
  expect(value(120)).toEqual(["h unacknowledged", "quality returned"]);
});

test("each kind of sensor fault raises its alarm within a minute", () => {
  const still = rig([high]);
  expect(still.repeat(15, () => still.value(50, UNCERTAIN, reasonCode("flat line")))).toEqual([
    "quality unacknowledged",
  ]);
  expect(still.said[0]?.text).toBe("Standpipe pressure stands still");
  const nan = rig([high]);
  expect(nan.repeat(15, () => nan.value(Number.NaN, BAD, reasonCode("not a number")))).toEqual([
    "quality unacknowledged",
  ]);
  const silent = rig([high]);
  expect(silent.repeat(20, silent.nothing)).toEqual(["link unacknowledged"]);
});

test("a dead device is one alarm, not one a tag", () => {
  const tags = Array.from({ length: 100 }, (_, i) =>
    version({}, { id: i.toString(16).padStart(16, "0"), name: `t${i}` }),
  );
  const { bad, repeat, said, many } = rig(tags);
  expect(repeat(15, () => bad("no connection", 0, 100))).toEqual(["link unacknowledged"]);
  expect(said[0]).toMatchObject({ name: "plc", text: "Plc: no connection", priority: 2 });
  expect(many(tags.map(() => 1))).toEqual(["link returned"]);
});

test("a device that answers for some of its tags only says for how many not", () => {
  const { repeat, said, many } = rig([high, version({}, { id: "bbbbbbbbbbbbbbbb" })]);
  expect(repeat(20, () => many([1]))).toEqual(["link unacknowledged"]);
  expect(said[0]?.text).toBe("Plc does not answer (1 of 2 values missing)");
});

test("a score that is not made is no device's trouble: it has no value, and is right again with one", () => {
  const score = version({}, { unit: "score", label: "Anomaly score", source: "model mud" });
  const { nothing, value, bad, repeat, said } = rig([score]);
  expect(repeat(20, nothing)).toEqual(["quality unacknowledged"]);
  expect(said[0]).toMatchObject({ text: "Anomaly score has no value", priority: 4 });
  expect(value(0.1)).toEqual(["quality returned"]);
  expect(repeat(20, () => bad("not a number"))).toEqual([]);
});

test("a chattering alarm is coalesced", () => {
  const { value, repeat } = rig([version({ onDelayS: 0, h: { at: 100, priority: 3 } })]);
  const events = repeat(600, () => [...value(120), ...value(50)]);
  expect(events.length).toBeLessThan(15);
});

test("from the third raise within a minute an alarm has to be back for a minute; what comes seldomer is over at once", () => {
  const { value, repeat } = rig([version({ onDelayS: 0, h: { at: 100, priority: 3 } })]);
  const raised = () => value(120).length;
  expect([raised(), value(50), raised(), value(50), raised()]).toEqual([1, ["h returned"], 1, ["h returned"], 1]);
  expect(repeat(60, () => value(50))).toEqual([]);
  expect(value(50)).toEqual(["h returned"]);
  for (let n = 0; n < 5; n++) {
    expect([raised(), value(50)]).toEqual([1, ["h returned"]]);
    repeat(30, () => value(50));
  }
});

test("open alarms survive a restart, and go on from where they were", () => {
  const before = rig([high]);
  before.repeat(4, () => before.value(150));
  before.alarms.acknowledge("aaaaaaaaaaaaaaaa:h", "op", before.at());
  const after = rig([high], [...before.alarms.open(), { ...(before.said[0] as AlarmState), alarm: "gone:h" }]);
  expect(after.alarms.open()).toEqual(before.alarms.open());
  expect(after.repeat(3, () => after.value(150))).toEqual([]);
  expect(after.value(50)).toEqual(["h normal"]);
});

test("after a restart an alarm of a tag that is still bad stays as it was, in doubt until that is found again", () => {
  const before = rig([high]);
  before.repeat(12, () => before.bad("not a number"));
  const [raised] = before.alarms.open();
  const after = rig([high], before.alarms.open());
  expect(after.repeat(9, () => after.bad("not a number"))).toEqual(["quality unacknowledged ?"]);
  expect(after.repeat(5, () => after.bad("not a number"))).toEqual(["quality unacknowledged"]);
  expect(after.alarms.open()[0]?.raisedAt).toBe(raised?.raisedAt);
  expect(after.value(50)).toEqual(["quality returned"]);
});

test("after a restart a tag that stood still must be good for as long as a flat line takes to be found", () => {
  const flat = version({ flatAfterS: 30 });
  const before = rig([flat]);
  const stuck = reasonCode("flat line");
  before.repeat(12, () => before.value(50, UNCERTAIN, stuck));
  const raisedAt = before.alarms.open()[0]?.raisedAt;
  const still = rig([flat], before.alarms.open());
  expect(still.repeat(30, () => still.value(50))).toEqual(["quality unacknowledged ?"]);
  expect(still.repeat(12, () => still.value(50, UNCERTAIN, stuck))).toEqual(["quality unacknowledged"]);
  expect(still.alarms.open()[0]?.raisedAt).toBe(raisedAt);
  const well = rig([flat], before.alarms.open());
  expect(well.repeat(40, () => well.value(50))).toEqual(["quality unacknowledged ?", "quality returned"]);
  expect(well.said[1]).toMatchObject({ cannotJudge: false, changedAt: start + 31_000 });
});

test("after a restart a dead device's alarm stays until the device has answered for every tag", () => {
  const before = rig([high]);
  before.repeat(12, () => before.bad("no connection"));
  const dead = rig([high], before.alarms.open());
  expect(dead.repeat(15, () => dead.bad("no connection"))).toEqual(["link unacknowledged ?", "link unacknowledged"]);
  expect(dead.alarms.open()[0]?.raisedAt).toBe(before.alarms.open()[0]?.raisedAt);
  const back = rig([high], before.alarms.open());
  expect([back.nothing(), back.value(50)].flat()).toEqual(["link unacknowledged ?", "link returned"]);
});

test("after a restart a limit alarm is in doubt until a value has judged it, and keeps its time", () => {
  const before = rig([high]);
  before.repeat(4, () => before.value(150));
  const after = rig([high], before.alarms.open());
  expect(after.repeat(3, () => after.bad("not a number"))).toEqual(["h unacknowledged ?"]);
  expect(after.value(150)).toEqual(["h unacknowledged"]);
  expect(after.alarms.open()[0]?.raisedAt).toBe(before.alarms.open()[0]?.raisedAt);
});

test("the time in which the daemon stood still counts neither as missing nor as beyond a limit", () => {
  const { value, nothing, bad, freeze, repeat, alarms } = rig([high]);
  value(50);
  freeze(22);
  expect([nothing(), value(50)].flat()).toEqual([]);
  value(120);
  freeze(22);
  expect([value(120), value(50)].flat()).toEqual([]);
  repeat(11, () => bad("not a number"));
  freeze(22);
  expect(bad("not a number")).toEqual([]);
  expect(alarms.open().map(({ condition, state }) => `${condition} ${state}`)).toEqual(["quality unacknowledged"]);
});

test("a score's alarm names what contributed", () => {
  const score = version({ h: { at: 0.8, priority: 2 }, onDelayS: 0 }, { unit: "score", name: "pump.anomaly" });
  const evidence = [{ name: "mud_pressure", share: 0.7 }];
  const now = { at: start, mono: 0 };
  const alarms = openAlarms({
    tags: [score],
    pollMs: [1_000],
    restored: [],
    now,
    boot: "0".repeat(16),
    clockSure: true,
    evidenceOf: () => evidence,
  });
  const block = new Block(1);
  block.push(0, start, 0.9, GOOD, 0);
  expect(alarms.judge(block, "unknown", now)[0]).toMatchObject({ condition: "score", priority: 2, evidence });
});

test("whatever the values do, a tag never has two active alarms on one side, and every change follows the life", () => {
  const next: Record<string, string[]> = {
    none: ["unacknowledged"],
    unacknowledged: ["returned", "unacknowledged"],
    returned: ["unacknowledged"],
  };
  const samples = fc.array(fc.constantFrom(50, 97, 99, 101, 150, 199, 210, 250, Number.NaN), {
    minLength: 5,
    maxLength: 80,
  });
  fc.assert(
    fc.property(samples, (values) => {
      const { value, bad, alarms, said } = rig([high]);
      const last = new Map<string, string>();
      for (const one of values) {
        said.length = 0;
        if (Number.isNaN(one)) bad("not a number");
        else value(one);
        for (const change of said) {
          expect(next[last.get(change.alarm) ?? "none"]).toContain(change.state);
          last.set(change.alarm, change.state);
        }
        const sides = alarms
          .open()
          .filter((alarm) => alarm.state === "unacknowledged" && alarm.condition.startsWith("h"));
        expect(sides.length).toBeLessThanOrEqual(1);
      }
    }),
  );
});
