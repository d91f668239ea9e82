import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { adviceOf } from "../shared/domain/advice.ts";
import type { AlarmState } from "../shared/domain/alarm.ts";
import { RigConfig } from "../shared/domain/rig-config.ts";
import { adviceIn } from "./advice.ts";
import { scoreAlarm } from "./alarms/trouble-words.ts";
import { TagFault, tagsOf } from "./configuration/tags.ts";

const demo = JSON.parse(readFileSync(new URL("../deploy/examples/demo-rig.json", import.meta.url), "utf8"));
const config = RigConfig.parse(demo);
const { versions } = tagsOf(config, 0);
const score = { ...versions[0], id: "5c0e5c0e5c0e5c0e", unit: "score" as const } as (typeof versions)[number];
const advice = adviceIn(config, score);
const tagOf = (name: string) => versions.find((tag) => tag.name === name) ?? score;

const alarm = (more: Partial<AlarmState>): AlarmState => ({
  ...{
    alarm: "a",
    tag: "a",
    name: "a",
    text: "a",
    condition: "h" as const,
    priority: 3,
    state: "unacknowledged" as const,
  },
  ...{ value: 1, limit: 1, unit: "psi", raisedAt: 0, changedAt: 0, acknowledgedAt: null, acknowledgedBy: null },
  cannotJudge: false,
  ...more,
});

test("a limit's alarm has the rig's own texts, a score's those of the input that leads it and its side", () => {
  const { id } = tagOf("mud_pressure");
  expect(adviceOf(alarm({ alarm: `${id}:l` }), advice).cause).toMatch(/Washout/);
  const lead = (residual: number) => [{ name: "mud_pressure", share: 0.9, residual }];
  const ofScore = (residual: number) =>
    adviceOf(alarm({ alarm: `${score.id}:score`, condition: "score", evidence: lead(residual) }), advice);
  expect(ofScore(-74).consequence).toMatch(/Twist|twist/);
  expect(ofScore(74).cause).toMatch(/packing off/);
});

test("what the rig says nothing of has the product's own text by its trouble, and a limit has none", () => {
  expect(adviceOf(alarm({ trouble: "silent", condition: "link" }), {}).cause).toMatch(/power/);
  expect(adviceOf(alarm({ ...scoreAlarm(score) }), {}).action).toMatch(/office/);
  expect(adviceOf(alarm({ condition: "score" }), {}).cause).toMatch(/fit each other/);
  expect(adviceOf(alarm({}), {})).toEqual({});
});

test("a rig's text replaces the product's part by part", () => {
  const own = { "a:quality": { action: "Bleed the line" } };
  const { cause, action } = adviceOf(alarm({ alarm: "a:quality", condition: "quality", trouble: "stands still" }), own);
  expect([cause, action]).toEqual([expect.stringMatching(/Frozen/), "Bleed the line"]);
});

test("every alarm of the demo that needs somebody within minutes says what is behind it, what follows and what to do", () => {
  const bare = versions.flatMap(({ id, name, limits }) =>
    (["ll", "l", "h", "hh"] as const).flatMap((limit) => {
      const { cause, consequence, action } = advice[`${id}:${limit}`] ?? {};
      const urgent = (limits[limit]?.priority ?? 4) <= 2;
      return urgent && [cause, consequence, action].includes(undefined) ? `${name} ${limit}` : [];
    }),
  );
  expect(bare).toEqual([]);
});

test("a configuration is valid without texts, and a text that would never be shown is refused at its place", () => {
  const without = structuredClone(demo);
  for (const device of without.devices) {
    delete device.advice;
    for (const tag of device.tags) delete tag.advice;
  }
  delete without.scoring.advice;
  expect(adviceIn(RigConfig.parse(without), score)).toEqual({});
  const wrong = structuredClone(demo);
  wrong.scoring.advice.mud_presure = { below: {} };
  expect(RigConfig.safeParse(wrong).error?.issues.map(({ path }) => path.join("."))).toEqual([
    "scoring.advice.mud_presure",
  ]);
  const dead = structuredClone(demo);
  dead.devices[0].tags[0].advice = { h: { cause: "x" } };
  const paths = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof TagFault) return error.issues.map(({ path }) => path.join("."));
    }
    return [];
  };
  expect(paths(() => tagsOf(RigConfig.parse(dead), 0))).toEqual(["devices.0.tags.0.advice.h"]);
});
