import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** `edge/main.ts --check`, run as a technician runs it. */
const demo = readFileSync("deploy/examples/demo-rig.json", "utf8");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function check(text: string | null): { status: number | null; stdout: string; stderr: string; file: string } {
  const file = join(folder, "rig.json");
  rmSync(file, { force: true });
  if (text !== null) writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["edge/main.ts", "--check", file], {
    encoding: "utf8",
    env: { ...process.env, IDRILL_DATA: join(folder, "data") },
  });
  return { status, stdout, stderr, file };
}

test("a configuration without fault ends with 0 and says what it is", () => {
  const { status, stdout, stderr } = check(demo);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("rig rig-14, 4 devices");
});

test.each<[string, string | null, RegExp]>([
  ["a misspelt setting", demo.replace('"unitId"', '"unitid"'), /^.*rig\.json:\d+:\d+: devices\[0\]\.unitid: .*unitId/],
  ["a number past its bound", demo.replace('"pollMs": 1000', '"pollMs": 1'), /:\d+:\d+: devices\[0\]\.pollMs: .*20/],
  ["a driver that is none", demo.replace('"modbus"', '"profibus"'), /devices\[0\]\.driver: .*modbus/],
  [
    "a tag in another unit",
    demo.replace('"name": "rpm",', '"name": "rpm", "unit": "psi",'),
    /tags\[4\]\.name: .*rpm, not psi/,
  ],
  ["a tag that nobody knows", demo.replace('"name": "rpm"', '"name": "rmp"'), /devices\[0\]\.tags\[4\]\.name: .*unit/],
  ["a text that is no JSON", demo.slice(0, 500), /rig\.json:\d+:\d+: /],
  ["a file that is not there", null, /no such file/],
])("%s ends with 78 and is told with its file, path and fault; nothing is written", (_what, text, told) => {
  const { status, stdout, stderr, file } = check(text);
  expect(status).toBe(78);
  expect(stdout).toBe("");
  expect(stderr).toContain(file);
  expect(stderr).toMatch(told);
  expect(() => readFileSync(join(folder, "data"))).toThrow("ENOENT");
});
