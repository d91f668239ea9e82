import { expect, test } from "vitest";
import { openTurns } from "./in-turn.ts";

test("work that is asked for at once runs one after the other, and what throws tells its asker alone", async () => {
  const inTurn = openTurns();
  const done: string[] = [];
  let running = 0;
  const work = (name: string, fails = false) =>
    inTurn(async () => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      done.push(name);
      if (fails) throw new Error(name);
      return name;
    });
  const [first, second, third] = await Promise.allSettled([work("a"), work("b", true), work("c")]);
  expect([first, third]).toMatchObject([{ value: "a" }, { value: "c" }]);
  expect(second).toMatchObject({ reason: new Error("b") });
  expect(done).toEqual(["a", "b", "c"]);
});
