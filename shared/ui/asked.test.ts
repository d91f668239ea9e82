import { expect, test } from "vitest";
import { withTrouble } from "./asked.ts";

test("what is told again changes no state, and what is new leaves all else", () => {
  const fine: { answer: number[]; trouble: string | null } = { answer: [1, 2], trouble: null };
  expect(withTrouble(fine, null)).toBe(fine);
  const silent = withTrouble(fine, "no answer for 5 s");
  expect(silent).toEqual({ answer: fine.answer, trouble: "no answer for 5 s" });
  expect(silent.answer).toBe(fine.answer);
  expect(withTrouble(silent, "no answer for 5 s")).toBe(silent);
  expect(withTrouble(silent, null)).toEqual(fine);
});
