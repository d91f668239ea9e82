import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { faultLines, readRigConfig } from "./config.ts";

const example = readFileSync(new URL("../../deploy/examples/demo-rig.json", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "config-"));
const file = join(folder, "rig.json");
afterEach(() => rmSync(file, { force: true }));

function errorsOf(text: string) {
  writeFileSync(file, text);
  const read = readRigConfig(file);
  return "errors" in read ? read.errors : [];
}

test("the example has nothing wrong", () => {
  expect(errorsOf(example)).toEqual([]);
});

test("a tag that nobody knows is shown with its line, its column and what stands around it", () => {
  const broken = example.replace('"name": "rig.tick"', '"name": "rig_state"');
  const line = broken.split("\n").findLastIndex((text) => text.includes('"name": "rig_state"')) + 1;
  const [error] = errorsOf(broken);
  expect(error).toMatchObject({ path: "devices[0].tags[2].name", line, message: /defined twice/ });
  expect(error?.column).toBeGreaterThan(1);
  expect(error?.excerpt).toContainEqual({ line, text: '          "name": "rig_state",' });
  expect(faultLines(file, errorsOf(broken))).toContain(`${file}:${line}:${error?.column}: devices[0].tags[2].name: `);
});

test("a file that is not there is a fault too", () => {
  expect(readRigConfig(join(folder, "none.json"))).toMatchObject({ errors: [{ path: "", message: /no such file/ }] });
});
