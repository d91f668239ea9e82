import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** Runs the proof as a customer does; gives its exit code and what it printed. */
async function prove(...args: string[]) {
  const child = spawn(process.execPath, ["test/proof/main.ts", "--seed", "5", ...args], { cwd: root });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += String(chunk);
    });
  }
  const status = await new Promise<number | null>((done) => child.once("close", done));
  return { status, output };
}

/** The number at the end of a line of the balance. */
const figure = (output: string, what: string) =>
  Number(
    output
      .split("\n")
      .find((line) => line.trimStart().startsWith(what))
      ?.split(/\s{2,}/)
      .at(-1),
  );

test("the short proof strikes the product and balances, with a seed to run it again", async () => {
  const { status, output } = await prove("--quick");
  expect(status, output).toBe(0);
  expect(output).toMatch(/seed 5:/);
  expect(output).toMatch(/It balances\.$/m);
  for (const what of ["missing", "doubled", "missing afterwards"])
    expect([what, figure(output, what)]).toEqual([what, 0]);
  for (const what of ["stored in the office", "readings in the office", "frames that lay"])
    expect([what, figure(output, what) > 0]).toEqual([what, true]);
});

test.each([
  ["whatever this machine lets it break", []],
  ["where nobody is root", ["--no-root"]],
])("the proof of a rig whose disk confirms what it does not keep fails, %s", async (_where, args) => {
  const { status, output } = await prove("--quick", "--cheat", ...args, "power");
  expect(status, output).toBe(1);
  expect(figure(output, "missing afterwards"), output).toBeGreaterThan(0);
  expect(output).toMatch(/It does NOT balance\.$/m);
  expect(output).toMatch(/^That is right/m);
});

test("a blow that there is not is named, and nothing runs", async () => {
  const { status, output } = await prove("meteorite");
  expect(status).toBe(2);
  expect(output).toMatch(/no such blow: meteorite/);
});
