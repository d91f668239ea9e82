import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = dirname(import.meta.dirname);
const text = readFileSync(join(root, "docs", "ARCHITECTURE.md"), "utf8");

/** "1. `file` what it does: `call(`": the files that a reading goes through, and by what each hands on to the next. */
const steps = [...text.matchAll(/^\d+\. `([^`]+)` (.*): `([^`]+)`$/gm)].map(([, file = "", what = "", call = ""]) => {
  return { file, call, overTheWire: what.includes("(over the wire)") };
});
const source = (file: string) => readFileSync(join(root, file), "utf8");

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
    const name = call.replace(/^.*\./, "").replaceAll(/[("]/g, "");
    if (next !== undefined && !overTheWire) expect(source(next)).toContain(name);
  },
);
