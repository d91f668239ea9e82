import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Report } from "../../cloud/verify/verify.ts";
import { openScene, type Scene, until } from "../support/parts.ts";

/** Recorded drilling, with a hole in it, on its way from a file through registers and nodes, the edge and the link into the cloud. */
const SECONDS = 45;
const SPEED = 2.5;
/** Several polls long, so that one that comes late misses no row. */
const DWELL_MS = 400;
/** Time for both drivers to be there before the first row. */
const START_AFTER_S = 10;

/** What make-sample says of the file that it made. */
const Made = z.object({
  rows: z.object({ drilling: z.number(), chromatograph: z.number(), unknown: z.number() }),
  cells: z.record(z.string(), z.number().positive()),
  backward: z.number().positive(),
});
const Latest = z.object({ data: z.array(z.object({ name: z.string(), value: z.unknown() })) });

let scene: Scene;
let made: z.infer<typeof Made>;
let report: Report;

beforeAll(async () => {
  scene = await openScene();
  const [csv, map] = [join(scene.data, "day.csv"), join(scene.data, "map.json")];
  made = Made.parse(JSON.parse((await scene.run(["test/rig/replay/make-sample.ts", csv, `${SECONDS}`])).output));
  const example = JSON.parse(readFileSync("deploy/examples/replay-map.json", "utf8"));
  writeFileSync(map, JSON.stringify({ ...example, startAfterS: START_AFTER_S, dwellMs: DWELL_MS }));
  await scene.startCloud();
  const { output } = await scene.run(["cloud/main.ts", "--claim", "rig-replay"]);
  const rig = await scene.startRig(["--replay", csv, "--map", map, "--speed", `${SPEED}`]);
  const env = { IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "" };
  const edge = await scene.startEdge({ example: "replay-rig.json", env });
  await until(lastRowsAreStored, () => `${scene.logOf("rig")}\n${scene.logOf("edge")}`, 90);
  await edge.end();
  await rig.end();
  report = (await verify(scene.ledger)).report;
}, 150_000);

afterAll(() => scene?.close());

/** The counters of both record types stand at the end of the file, by registers and by nodes. */
async function lastRowsAreStored(): Promise<boolean> {
  const { data } = Latest.parse(await scene.ask("sensor-data/realtime?rig_id=rig-replay&limit=200"));
  const shows = (name: string, value: number) => data.some((one) => one.name === name && one.value === value);
  return (["drilling", "chromatograph"] as const).every((record) =>
    ["", "ua."].every((by) => shows(`${by}${record}.count`, made.rows[record])),
  );
}

async function verify(ledger: string): Promise<{ code: number; report: Report; output: string }> {
  const { code, output } = await scene.run(["cloud/verify/main.ts", "--ledger", ledger, "--data", scene.data]);
  return { code, output, report: JSON.parse(output.trim().split("\n").at(-1) ?? "") };
}

/** What verify says when the rig's ledger had this line instead of what the rig wrote. */
async function verifyWith(change: (line: string) => string): Promise<{ code: number; problems: string[] }> {
  const path = join(scene.data, "changed.jsonl");
  writeFileSync(path, readFileSync(scene.ledger, "utf8").split("\n").map(change).join("\n"));
  const { code, report: changed } = await verify(path);
  return { code, problems: changed.problems };
}

test("every row of a recorded file is in the cloud once, by registers and by nodes, with every cell's value, time and quality", async () => {
  expect(report.problems).toEqual([]);
  const { drilling, chromatograph, unknown } = made.rows;
  const rows = report.rows.map(({ device, record, rows, stored, doubled }) => [device, record, rows, stored, doubled]);
  expect(rows.sort()).toEqual(
    [
      ["drilling", "drilling", drilling, drilling, 0],
      ["chromatograph", "chromatograph", chromatograph, chromatograph, 0],
      ["logger", "drilling", drilling, drilling, 0],
      ["logger", "chromatograph", chromatograph, chromatograph, 0],
    ].sort(),
  );
  expect(report.rowsUnfit).toBe(unknown);
  expect(report.rows.filter(({ device }) => device !== "logger").flatMap(({ unread }) => unread)).toEqual([]);
});

test("every sentinel, NAN, empty cell and text of the file is bad with its reason, and nearly every number is good", () => {
  const polled = report.rows.filter(({ device }) => device !== "logger");
  const cells = polled.flatMap((one) => Object.entries(one.cells));
  const count = (what: RegExp) => cells.reduce((sum, [how, n]) => sum + (what.test(how) ? n : 0), 0);
  for (const [what, wanted] of Object.entries(made.cells))
    expect(count(new RegExp(`^${what}: bad, (null sentinel|not a number)$`)), what).toBe(wanted);
  expect(count(/^number: bad/)).toBe(0);
  expect(count(/^number: good/)).toBeGreaterThan(0.9 * count(/^number/));
});

test("verify ends with 1 when one row of the file is not stored, and says so", async () => {
  const { code, problems } = await verifyWith((line) => {
    if (!/"row":21,"record":"drilling"/.test(line) || !line.startsWith('{"k":"row"')) return line;
    const row = JSON.parse(line);
    return `${line}\n${JSON.stringify({ ...row, count: 9_999, source: row.source + 1 })}`;
  });
  expect(code).toBe(1);
  expect(problems).toEqual(
    ["drilling", "logger"].map(
      (device) => `rows of drilling by ${device}: 1 were served and are not stored, with no known reason`,
    ),
  );
});

test("verify ends with 1 when a cell is stored with another value, or good although there was none", async () => {
  const { code, problems } = await verifyWith((line) => {
    if (!line.startsWith('{"k":"row"')) return line;
    if (/"row":21,/.test(line)) return line.replace(/"depth":[\d.]+/, '"depth":1');
    return /"row":22,/.test(line) ? line.replace(/"hook_load":[\d.]+/, '"hook_load":"nan"') : line;
  });
  expect(code).toBe(1);
  expect(problems.join("\n")).toMatch(/drilling \d+ depth reads [\d.]+, was 1/);
  expect(problems.join("\n")).toMatch(/drilling \d+ hook_load reads [\d.]+, was NaN/);
});
