import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openRawClient } from "./modbus/raw-client.ts";

const data = mkdtempSync(join(tmpdir(), "rig-main-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
});

function start(...args: string[]): ChildProcess {
  const main = new URL("main.ts", import.meta.url).pathname;
  const env = { ...process.env, IDRILL_DATA: data, MODBUS_PORT: "0", OPCUA_PORT: "off" };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
}

test("it tells its ports when it is ready, and ends with 0 and a whole ledger when it is asked to", {
  timeout: 20_000,
}, async () => {
  const ledger = join(data, "ledger.jsonl");
  const child = start("--seed", "3", "--ledger", ledger, "--fault", "nan:gas@0");
  const [line] = await once(child.stdout ?? process.stdin, "data");
  const ports = JSON.parse(String(line));
  expect(ports.opcua).toBeNull();
  expect(readFileSync(join(data, "rig.pid"), "utf8").trim()).toBe(String(child.pid));
  const client = await openRawClient(ports.modbus);
  expect((await client.ask(3, 4, 1, 2)).readFloatBE(9)).toBeNaN();
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(existsSync(join(data, "rig.pid"))).toBe(false);
  const kinds = readFileSync(ledger, "utf8")
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text).k);
  expect(kinds).toContain("begin");
  expect(kinds.at(-1)).toBe("end");
});

test("a fault that does not exist is refused at the start, by name", { timeout: 20_000 }, async () => {
  const child = start("--fault", "earthquake@3");
  let told = "";
  child.stderr?.on("data", (bytes) => {
    told += String(bytes);
  });
  const [code] = await once(child, "close");
  expect(code).not.toBe(0);
  expect(told).toContain('fault "earthquake@3": no such kind');
});
