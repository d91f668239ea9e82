import { afterAll, beforeAll, expect, test } from "vitest";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { openOffice } from "../../test/support/api-office.ts";
import { smallHistory } from "../../test/support/small-history.ts";
import { minuteAndAHalf, tags } from "../../test/support/small-rig.ts";

const now = Date.now();
const streams = [
  { stream: "telemetry" as const, completeTo: now - 60_000, underWay: 6_000 },
  { stream: "events" as const, completeTo: now, underWay: 2 },
];
let office: Awaited<ReturnType<typeof openOffice>>;
let token: string;
beforeAll(async () => {
  const rig = { tags, readings: minuteAndAHalf(now - 3_600_000), coverage: { streams } };
  office = await openOffice({ history: smallHistory({ "rig-1": rig }) });
  token = await office.signIn("viewer", ["rig-1"]);
});
afterAll(() => office.close());

async function streamsNow() {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await office.app.request("/api/v1/rigs/rig-1/coverage", { headers });
  return CoverageAnswer.parse(await answer.json()).data.streams;
}

test("when the rest will be here is told from what was measured, and from nothing else", async () => {
  expect(await streamsNow()).toEqual(streams.map((each) => ({ ...each, arrivesAt: null })));
  const at = Date.now();
  for (let second = 10; second >= 0; second--) office.rates.landed("rig-1", 100, at - second * 1_000);
  const [telemetry, events] = await streamsNow();
  // 6,000 frames at 100 a second.
  expect((telemetry?.arrivesAt ?? 0) - at).toBeGreaterThanOrEqual(60_000);
  expect((telemetry?.arrivesAt ?? 0) - at).toBeLessThan(70_000);
  expect(events?.arrivesAt).toBeNull();
});
