import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
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

function edge(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["edge/main.ts", ...args], {
    encoding: "utf8",
    env: { ...process.env, IDRILL_DATA: join(folder, "data"), ...env },
  });
  return { status, stdout, stderr };
}

function check(content: string | Uint8Array | null) {
  const file = join(folder, "rig.json");
  rmSync(file, { force: true });
  if (content !== null) writeFileSync(file, content);
  return { ...edge(["--check", file]), file };
}

test("a configuration without fault ends with 0 and says what it is", () => {
  const { status, stdout, stderr } = check(demo);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("rig rig-14, 4 devices");
});

test.each<[string, string | Uint8Array]>([
  ["a byte order mark", `\uFEFF${demo}`],
  ["line ends of Windows", demo.replaceAll("\n", "\r\n")],
])("%s is no fault", (_what, content) => {
  expect(check(content)).toMatchObject({ status: 0, stderr: "" });
});

const tag = (n: number) =>
  `{"id":"${n.toString(16).padStart(16, "0")}","name":"t${n}","label":"T","unit":"psi","register":{"table":"holding","address":${n % 60_000},"type":"int16"}}`;
/** 10 MB with one fault in the last line. */
const long = () => {
  const tags = Array.from({ length: 78_000 }, (_, n) => tag(n)).join(",\n");
  return `{"rig":"rig-14","name":"Rig 14","devices":[{"driver":"modbus","name":"a","host":"h","tags":[\n${tags}\n],"pollms":1}]}`;
};

test.each<[string, string | Uint8Array | null, RegExp]>([
  ["an empty file", "", /rig\.json: The file is empty/],
  ["a file of blanks", " \r\n\t", /rig\.json: The file is empty/],
  ["a file of another encoding", Buffer.from(demo, "utf16le"), /not UTF-8 text\. Save it as UTF-8/],
  ["a file with bytes that are no text", Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), /not UTF-8/],
  [
    "a setting that stands twice",
    demo.replace('"name": "Rig 14"', '"name": "a",\r\n"name": "b"'),
    /twice, first on line/,
  ],
  ["brackets without end", "[".repeat(100_000), /rig\.json:1:66: This is nested too deeply/],
  ["a fault in line 78,002 of a file of 10 MB", long(), /rig\.json:78002:3: devices\[0\]\.pollms: .*"pollMs"/],
  ["a file that is longer than a configuration can be", Buffer.alloc(33_000_000, 32), /33 MB.*at most 32 MB/],

  ["a misspelt setting", demo.replace('"unitId"', '"unitid"'), /^.*rig\.json:\d+:\d+: devices\[0\]\.unitid: .*unitId/],
  ["a number past its bound", demo.replace('"pollMs": 1000', '"pollMs": 1'), /:\d+:\d+: devices\[0\]\.pollMs: .*20/],
  ["a driver that is none", demo.replace('"modbus"', '"profibus"'), /devices\[0\]\.driver: .*modbus/],
  [
    "a tag in another unit",
    demo.replace('"name": "rpm",', '"name": "rpm", "unit": "psi",'),
    /tags\[4\]\.name: .*rpm, not psi/,
  ],
  [
    "a broker's address without a host",
    demo.replace(/"mqtt": "[^"]*"/, '"mqtt": "mqtt://"'),
    /cloud\.mqtt: .*mqtt:\/\/host:port/,
  ],
  ["a tag that nobody knows", demo.replace('"name": "rpm"', '"name": "rmp"'), /devices\[0\]\.tags\[4\]\.name: .*unit/],
  ["a text that is no JSON", demo.slice(0, 500), /rig\.json:\d+:\d+: /],
  ["a file that is not there", null, /no such file/],
])("%s ends with 78 and is told with its file, path and fault; nothing is written", (_what, content, told) => {
  const { status, stdout, stderr, file } = check(content);
  expect(status).toBe(78);
  expect(stdout).toBe("");
  expect(stderr).toContain(file);
  expect(stderr).toMatch(told);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(() => readFileSync(join(folder, "data"))).toThrow("ENOENT");
});

test("a folder is told as one, and so is a file that this user may not read", () => {
  const sub = join(folder, "sub");
  mkdirSync(sub);
  expect(edge(["--check", sub])).toMatchObject({ status: 78, stderr: `${sub}: This is a folder, not a file.\n` });
  if (process.getuid?.() === 0) return; // root may read everything
  const { file } = check(demo);
  chmodSync(file, 0);
  expect(edge(["--check", file])).toMatchObject({ status: 78, stderr: /permission denied/ });
});

test("--help tells how it is called; a wrong call ends with 2 and the same words, without a stack", () => {
  expect(edge(["--help"])).toMatchObject({ status: 0, stderr: "", stdout: /^usage: edge\/main\.ts CONFIG\.json/ });
  for (const args of [[], ["a.json", "b.json"], ["--chek", "a.json"], ["--check"], ["--check=yes", "a.json"]]) {
    const { status, stdout, stderr } = edge(args);
    expect([args, status, stdout]).toEqual([args, 2, ""]);
    expect(stderr).toMatch(/\n\nusage: /);
    expect(stderr).not.toMatch(/^ +at /m);
  }
});

test("a port that another program has is named in one line, and is called no fault of the configuration", async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  writeFileSync(join(folder, "rig.json"), demo);
  const { status, stderr } = edge([join(folder, "rig.json")], { HMI_PORT: port, IDRILL_OPERATOR_PASSWORD: "drill" });
  expect(status).toBe(1);
  expect(stderr).toContain(`port ${port} of the rig's screen is taken by another program; HMI_PORT names another\n`);
  expect(stderr).not.toMatch(/^ +at /m);
  other.close();
});

test.each([
  ["HMI_PORT", "81 "],
  ["HMI_PORT", "70000"],
  ["IDRILL_MQTT_URL", "foo"],
])("a setting of this machine that does not fit is named: %s=%s", (name, value) => {
  writeFileSync(join(folder, "rig.json"), demo);
  const { status, stderr } = edge([join(folder, "rig.json")], { [name]: value });
  expect(status).toBe(78);
  expect(stderr).toMatch(new RegExp(`^environment: ${name}: `));
  expect(stderr).not.toContain(value);
  expect(stderr).not.toMatch(/^ +at /m);
});
