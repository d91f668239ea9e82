import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorBody } from "../../shared/domain/api.ts";
import { openOffice } from "../support/api-office.ts";
import { smallHistory } from "../support/small-history.ts";
import { minuteAndAHalf, tags } from "../support/small-rig.ts";

let office: Awaited<ReturnType<typeof openOffice>>;
let token: string;
beforeAll(async () => {
  const readings = minuteAndAHalf(Date.now() - 90_000);
  office = await openOffice({ history: smallHistory({ "rig-1": { tags, readings }, "rig-2": { tags, readings } }) });
  token = await office.signIn("engineer", ["rig-1"]);
});
afterAll(() => office.close());

const values = fc.oneof(
  fc.constantFrom(
    "rig-1",
    "rig-2",
    "mud_pressure",
    "1",
    "0",
    "-1",
    "1e9",
    "NaN",
    "null",
    "2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00+25:00",
  ),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "' or 1=1 --",
    "%00",
    "../../etc/passwd",
    "WzEsMSwxXQ",
    "1,2,3",
    ",",
    "mud_pressure,nonsense",
  ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const names = fc.oneof(
  fc.constantFrom(
    "rig_id",
    "tags",
    "parameters",
    "start",
    "end",
    "limit",
    "cursor",
    "points",
    "bucket",
    "hours",
    "priority",
    "type",
    "offset",
  ),
  fc.string({ maxLength: 12 }),
);
const readable = () =>
  [...new Set(office.app.routes.filter(({ method }) => method === "GET").map(({ path }) => path))].filter((path) =>
    path.startsWith("/api/v1/"),
  );

test("whatever is asked, the answer is no fault of ours, and a refusal has the one shape", async () => {
  const paths = readable();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.tuple(names, values), { maxLength: 5 }),
      values,
      async (pick, pairs, rig) => {
        const path = (paths[pick % paths.length] ?? "").replace(":rig_id", encodeURIComponent(rig) || "x");
        const query = pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
        const answer = await office.app.request(`${path}?${query}`, { headers: { authorization: `Bearer ${token}` } });
        const text = await answer.text();
        expect([path, query, answer.status < 500]).toEqual([path, query, true]);
        if (answer.status >= 400) {
          ErrorBody.parse(JSON.parse(text));
          expect(text).not.toMatch(/node_modules|sqlite|\.ts:\d|select /i);
        } else expect(text).not.toContain("rig-2");
      },
    ),
    { numRuns: 1_000 },
  );
});

test("whatever body is sent, it is refused or taken, never a fault", async () => {
  const body = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom(
      '{"__proto__":{"role":"admin"}}',
      `${"[".repeat(20_000)}`,
      '{"username":{"$gt":""},"password":"x"}',
      '{"rig":"rig-9","token":[],"publicKey":1}',
    ),
  );
  const type = fc.constantFrom(
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "application/json; charset=x",
  );
  const path = fc.constantFrom("/auth/login", "/auth/refresh", "/auth/logout", "/rigs/claim", "/rigs", "/nowhere");
  await fc.assert(
    fc.asyncProperty(path, type, body, async (path, type, body) => {
      const answer = await office.app.request(`/api/v1${path}`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      expect([path, type, answer.status < 500]).toEqual([path, type, true]);
      if (answer.status >= 400) ErrorBody.parse(await answer.json());
    }),
    { numRuns: 1_000 },
  );
});
