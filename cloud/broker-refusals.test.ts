import { expect, test } from "vitest";
import { boundedRefusals } from "./broker-refusals.ts";

test("an address causes a few lines a minute; the rest is counted and said later, and others are heard", () => {
  const lines: Record<string, unknown>[] = [];
  let now = 0;
  const refused = boundedRefusals({ warn: (line: object) => void lines.push({ ...line }) }, () => now);
  for (let i = 0; i < 1_000; i++) refused("10.0.0.1", { problem: "sign-in" });
  expect(lines).toHaveLength(10);
  refused("10.0.0.2", { problem: "sign-in" });
  expect(lines.at(-1)).toEqual({ remote: "10.0.0.2", problem: "sign-in", unsaid: 990 });
  now = 60_000;
  refused("10.0.0.1", { problem: "sign-in" });
  expect(lines.at(-1)).toEqual({ remote: "10.0.0.1", problem: "sign-in" });
});

test("all addresses together cause no more lines than a minute's bound", () => {
  let lines = 0;
  const refused = boundedRefusals({ warn: () => void lines++ }, () => 0);
  for (let i = 0; i < 1_000; i++) refused(`10.0.${i >> 8}.${i & 255}`, { problem: "sign-in" });
  expect(lines).toBe(60);
});
