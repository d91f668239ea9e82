import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { RigSummary } from "../../../shared/domain/api-rigs.ts";
import { badgeOf, facets, found, needsAttention, worstFirst } from "./fleet-order.ts";

const now = 1_800_000_000_000;

const alarm = (priority: number, state: AlarmState["state"]): AlarmState => ({
  alarm: "a",
  tag: "00000000000000aa",
  name: "pit_gain",
  text: "Pit gain high",
  condition: "h",
  priority,
  state,
  value: 6,
  limit: 5,
  unit: "bbl",
  raisedAt: now,
  changedAt: now,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
});

const rig = (name: string, more: Partial<RigSummary> = {}): RigSummary => ({
  rig: name.toLowerCase().replace(" ", "-"),
  name,
  well: "Harrow 7-H",
  timeZone: "UTC",
  origin: "real",
  software: null,
  state: "rotary drilling",
  online: true,
  connected: false,
  seenAt: now,
  completeTo: now - 1_000,
  lagMs: 600,
  depth: null,
  rop: null,
  openAlarms: 0,
  unacknowledged: 0,
  worstAlarm: null,
  coverage: [],
  ...more,
});

const fleet = [
  rig("Rig 10"),
  rig("Rig 2"),
  rig("Rig 7", { online: false, worstAlarm: alarm(1, "unacknowledged") }),
  rig("Rig 18", { worstAlarm: alarm(2, "acknowledged"), state: "connection" }),
  rig("Rig 14", { worstAlarm: alarm(2, "unacknowledged"), completeTo: now - 9_000_000 }),
  rig("Rig 31", { worstAlarm: alarm(1, "unacknowledged"), state: "tripping out" }),
  rig("Rig 5", { worstAlarm: alarm(1, "shelved") }),
];
const names = (rigs: readonly RigSummary[]) => rigs.map(({ name }) => name);
const facet = (name: string) => names(fleet.filter((one) => facets.find((of) => of.name === name)?.holds(one, now)));

test("unacknowledged by priority come first, then acknowledged, then silent, then the others by number", () => {
  expect(names(worstFirst(fleet))).toEqual(["Rig 31", "Rig 14", "Rig 18", "Rig 7", "Rig 2", "Rig 5", "Rig 10"]);
});

test("an open alarm or silence needs attention, a shelved alarm does not", () => {
  expect(names(fleet.filter(needsAttention))).toEqual(["Rig 7", "Rig 18", "Rig 14", "Rig 31"]);
});

test("each rig is in one facet of what it does and in one of its link; a silent one does nothing that is known", () => {
  for (const group of ["state", "link"] as const)
    for (const one of fleet)
      expect(
        facets.filter((of) => of.group === group && of.holds(one, now)),
        one.name,
      ).toHaveLength(1);
  expect(facet("other")).toEqual(["Rig 7", "Rig 18"]);
  expect(facet("tripping")).toEqual(["Rig 31"]);
  expect(facet("behind")).toEqual(["Rig 14"]);
  expect(facet("silent")).toEqual(["Rig 7"]);
});

test("a rig of which nothing is known to be complete is not complete", () => {
  const unknown = rig("Rig 1", { completeTo: null });
  expect(facets.find(({ name }) => name === "complete")?.holds(unknown, now)).toBe(false);
});

test("a rig is found by name, id or well", () => {
  expect(names(found(fleet, "rig-31"))).toEqual(["Rig 31"]);
  expect(found(fleet, " HARROW ")).toHaveLength(fleet.length);
  expect(found(fleet, "mesa")).toEqual([]);
});

test("the badge doubts what a silent rig or server said last, and does not forget it", () => {
  const waits = rig("Rig 1", { unacknowledged: 2 });
  const silent = rig("Rig 2", { unacknowledged: 1, online: false });
  expect(badgeOf([waits, rig("Rig 3")], false)).toBe("2");
  expect(badgeOf([waits], true)).toBe("2?");
  expect(badgeOf([waits, silent], false)).toBe("2?");
  expect(badgeOf([silent], false)).toBe("?");
  expect(badgeOf([rig("Rig 3")], true)).toBe("");
  expect(badgeOf(null, false)).toBe("");
});

test("a rig that is connected and reads nothing is no rig without a link: its alarms are of now", () => {
  const idle = rig("Rig 3", {
    ...{ online: false, connected: true, unacknowledged: 1 },
    worstAlarm: alarm(1, "unacknowledged"),
  });
  expect(badgeOf([idle], false)).toBe("1");
  expect(worstFirst([rig("Rig 1", { worstAlarm: alarm(2, "unacknowledged") }), idle])[0]).toBe(idle);
  expect(facets.find(({ name }) => name === "silent")?.holds(idle, now)).toBe(false);
});
