import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const root = dirname(import.meta.dirname);
const text = readFileSync(join(root, "docs", "ARCHITECTURE.md"), "utf8");

/** "1. `file` what it does: `call(`": the files that a reading goes through, and by what each hands on to the next. */
const steps = [...text.matchAll(/^\d+\. `([^`]+)` (.*): `([^`]+)`$/gm)].map(([, file = "", what = "", call = ""]) => {
  return { file, call, overTheWire: what.includes("(over the wire)") };
});
/** Code alone: a word in a comment hands nothing on. */
const source = (file: string) =>
  readFileSync(join(root, file), "utf8")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "");

/** What a file imports, from the project's root; types too. */
function importsOf(file: string): Set<string> {
  const found = source(file).matchAll(/\bfrom\s*"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)/g);
  return new Set([...found].map((match) => normalize(join(dirname(file), match[1] ?? match[2] ?? ""))));
}

/** Seen by nearly every file: that two import it says nothing of them. */
const common = /^shared\/(node\/(log|every)|domain\/(id|tag|alarm|reading))\.ts$/;

/** Whether one file knows the other, or both know the contract between them. */
function areLinked(file: string, next: string): boolean {
  const here = importsOf(file);
  return here.has(next) || [...importsOf(next)].some((one) => here.has(one) && !common.test(one));
}

test("a reading goes through at most ten files, and each of them exists", () => {
  expect(steps.length).toBeGreaterThan(5);
  expect(steps.length).toBeLessThanOrEqual(10);
  expect(steps[0]?.file).toBe("edge/gateway.ts");
  expect(steps.at(-1)?.file).toMatch(/^cloud\/console\/web\//);
  expect(steps.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
});

test.each(steps.map((step, i) => ({ ...step, next: steps[i + 1]?.file })))(
  "$file hands on by $call",
  ({ file, call, overTheWire, next }) => {
    expect(source(file)).toContain(call);
    if (next === undefined || overTheWire) return;
    const name = call.replace(/^.*\./, "").replaceAll(/["(]/g, "");
    expect(source(next)).toMatch(new RegExp(`\\b${name}\\b`));
    expect(areLinked(file, next)).toBe(true);
  },
);

test("files that have nothing to do with each other are seen to be no step", () => {
  expect(areLinked("edge/gateway.ts", "edge/uplink/mqtt.ts")).toBe(false);
  expect(areLinked("edge/uplink/mqtt.ts", "cloud/landing.ts")).toBe(false);
});
