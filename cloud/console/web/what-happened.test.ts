import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { CoverageSpan } from "../../../shared/domain/api-coverage.ts";
import { lowPressure as alarm } from "../../../test/support/low-pressure.ts";
import { aheadOf, timeTicks } from "./axis.ts";
import { eventText } from "./event-text.ts";
import { bandLabel, firstData, gapsOf, lengthText, spanWords, withSilence } from "./spans.ts";
import { apart, type Spot } from "./spots.ts";
import { certainSince, stateRuns } from "./states.ts";

const labelOf = (spans: CoverageSpan[]) => bandLabel({ spans, silentSince: null });
const hourMs = 3_600_000;
const span = (kind: CoverageSpan["kind"], from: number, to: number, reason = ""): CoverageSpan => ({
  kind,
  from,
  to,
  frames: null,
  reason,
});

test("a gap says what and why, and how much is lost when nobody knows", () => {
  const gap = {
    type: "gap",
    stream: "telemetry",
    from: 0,
    to: 54_000,
    count: null,
    reason: "overflow in RAM",
  } as const;
  expect(eventText(gap, "field")).toBe("telemetry of 54 s lost, nobody knows how many readings: overflow in RAM");
  expect(eventText({ ...gap, count: 2_376 }, "field")).toContain("2,376 readings");
  expect(spanWords(span("missing", 0, 1, "evicted"))).toBe("Missing: evicted");
});

test("what is thinned is no gap; how long and within what is said", () => {
  const spans = [span("held", 0, hourMs), span("thinned", hourMs, 3 * hourMs, "within 0.5 % of each tag's band")];
  expect(gapsOf(spans)).toEqual([]);
  expect(labelOf(spans)).toBe("nothing missing, 2 h thinned");
  expect(spanWords(span("thinned", 0, 1, "within 0.5 % of each tag's band"))).toBe(
    "Thinned on the rig, its disk was full: within 0.5 % of each tag's band",
  );
});

test("an alarm is raised, and is acknowledged by somebody", () => {
  const textOf = (more: Partial<AlarmState>) => eventText({ type: "alarm", state: { ...alarm, ...more } }, "field");
  expect(textOf({})).toBe("Standpipe pressure low, raised, 2,400 psi, limit 2,500 psi");
  const seen = { changedAt: 5_000, acknowledgedAt: 5_000, acknowledgedBy: "Ann" };
  expect(textOf({ ...seen, state: "acknowledged" })).toBe("Standpipe pressure low, acknowledged by Ann");
  expect(textOf({ ...seen, state: "normal" })).toContain(", acknowledged by Ann and normal");
  expect(textOf({ ...seen, changedAt: 9_000, state: "normal" })).toContain("low, normal,");
});

test("an acknowledgement names its alarm, by its id where the alarm is not at hand", () => {
  const act = {
    type: "action" as const,
    at: 5_000,
    who: "Ann",
    station: "doghouse",
    what: "acknowledged an alarm",
    detail: { alarm: alarm.alarm },
  };
  const others = [{ event: { type: "alarm" as const, state: alarm } }];
  expect(eventText(act, "field", others)).toBe("Ann at doghouse: acknowledged an alarm, Standpipe pressure low");
  expect(eventText(act, "field")).toContain("00000000000000aa:l");
});

test("what a receipt is behind is no gap, more on its way is", () => {
  const spans = [span("held", 0, 100_000), span("under way", 100_000, 105_000)];
  expect(gapsOf(spans)).toEqual([]);
  expect(labelOf(spans)).toBe("nothing missing");
  const behind = span("under way", 100_000, 400_000);
  expect(gapsOf([behind])).toEqual([behind]);
  expect(labelOf([behind])).toBe("nothing missing, some on its way");
});

test("before the first data nothing is missing, and what is not known after it is told", () => {
  const spans = [span("not known", 0, 9_000_000), span("held", 9_000_000, 9_500_000)];
  expect(firstData(spans)).toBe(9_000_000);
  expect(labelOf(spans)).toBe("nothing missing");
  expect(labelOf([...spans, span("not known", 9_500_000, 9_560_000)])).toBe("nothing missing, 1 min not known");
  expect(firstData([span("not known", 0, 1)])).toBeNull();
});

test("of a silent rig nobody says that nothing is missing: it may hold more, and since when it is silent is told", () => {
  const spans = [span("held", 0, 100_000), span("not known", 100_000, 700_000)];
  const rig = { online: false, connected: false, seenAt: 102_000 };
  const told = withSilence(spans, rig, (at) => `${at / 1_000}`);
  expect(bandLabel(told)).toBe("nothing known to be missing, the rig may hold more; not heard from it since 102");
  expect(told.silentSince).toBe("102");
  expect(told.spans.map(spanWords).at(-1)).toBe("Not known: the rig may hold more; not heard from it since 102");
  for (const more of [{ online: true }, { connected: true }, { seenAt: null }])
    expect(withSilence(spans, { ...rig, ...more }, String)).toEqual({ spans, silentSince: null });
});

test("what nobody knows is counted whatever its reason, but for what the silent rig may hold", () => {
  const spans = [span("held", 0, 9_000), span("not known", 9_000, 69_000, "lost track"), span("held", 69_000, 90_000)];
  expect(labelOf(spans)).toBe("nothing missing, 1 min not known");
  const rig = { online: false, connected: false, seenAt: 91_000 };
  const told = withSilence([...spans, span("not known", 90_000, 500_000)], rig, String);
  expect(bandLabel(told)).toBe(
    "nothing known to be missing, 1 min not known, the rig may hold more; not heard from it since 91000",
  );
});

test("time that the rig box was off counts as missing", () => {
  expect(labelOf([span("edge down", 0, 60_000), span("missing", 90_000, 120_000)])).toBe(
    "2 missing, 1 min 30 s in all",
  );
});

test("a length agrees with the times beside it", () => {
  expect(lengthText({ from: 480_900, to: 482_100 })).toBe("2 s");
  expect(lengthText({ from: 480_100, to: 480_900 })).toBe("< 1 s");
});

test("a run that read nothing is told apart from a rig box that was off, or whose disk lost the end of a run", () => {
  expect(spanWords(span("edge down", 0, 1_000))).toBe("Rig box or daemon off, or its disk lost it");
  expect(spanWords(span("edge down", 0, 1_000, "read nothing"))).toBe("The rig box read nothing");
});

test("marks that would touch show the most urgent and name the others", () => {
  const spot = (at: number, priority: number): Spot => ({
    at,
    priority,
    life: "unacknowledged",
    letter: "",
    title: `p${priority}`,
    many: 1,
  });
  const kept = apart([spot(0, 3), spot(5, 1), spot(8, 2), spot(50, 4)], 10);
  expect(kept.map(({ at, title, many }) => [at, title, many])).toEqual([
    [5, "p1\np2\np3", 3],
    [50, "p4", 1],
  ]);
});

test("labels stand at whole hours of the zone, also where it is half an hour off", () => {
  const at = Date.UTC(2026, 1, 18, 20, 2, 11);
  expect(aheadOf("America/Chicago", at)).toBe(-6 * hourMs);
  expect(aheadOf("Asia/Tehran", at)).toBe(3.5 * hourMs);
  expect(aheadOf("No/Where", at)).toBe(0);
  const ticks = timeTicks(at - 6 * hourMs, at, 7, aheadOf("Asia/Tehran", at));
  expect(ticks.length).toBe(6);
  expect(ticks.every((tick) => (tick + 3.5 * hourMs) % hourMs === 0)).toBe(true);
});

test("a state goes on over buckets and ends where none is known", () => {
  const lane = { scale: 1, offset: 0, avg: [], min: [], max: [], last: [1, 1, 3, null, 3, 99], count: [], bad: [] };
  const runs = stateRuns({ start: 1_000, stepMs: 10, length: 6, lanes: new Map([["s", lane]]) }, "s");
  expect(runs).toEqual([
    { from: 1_000, to: 1_020, state: "rotary drilling", open: true },
    { from: 1_020, to: 1_030, state: "connection", open: false },
    { from: 1_040, to: 1_050, state: "connection", open: true },
  ]);
});

test("how long a state has lasted is told only where the change into it was seen, by buckets of 2 min at most", () => {
  const since = (last: (number | null)[], stepMs: number) => {
    const lane = { scale: 1, offset: 0, avg: [], min: [], max: [], last, count: [], bad: [] };
    const runs = stateRuns({ start: 0, stepMs, length: last.length, lanes: new Map([["s", lane]]) }, "s");
    return runs.map((run) => certainSince(run, stepMs)).at(-1);
  };
  expect(since([3, 1, 1], 60_000)).toBe(120_000);
  expect(since([1, 1, 1], 60_000)).toBeNull();
  expect(since([3, null, 1], 60_000)).toBeNull();
  expect(since([0, 1], 60_000)).toBeNull();
  expect(since([3, 1, 1], 900_000)).toBeNull();
});
