import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Outcome } from "./fault.ts";

const head = `# What was broken on purpose, and what was lost

| date | commit | fault | broker | seed | strikes | frames | lost | doubled | stated | dead s | drained s | |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
`;

const BALANCES = "balances";
const LOSES = "loses, as it must";

/** The commit that runs, with a mark where the working tree differs from it in more than the results themselves; null where git does not say. */
export function commitOf(folder: string): string | null {
  const git = (...args: string[]) => spawnSync("git", args, { cwd: folder, encoding: "utf8" });
  const head = git("rev-parse", "--short=10", "HEAD");
  const changes = git("status", "--porcelain", "--", ".", ":!docs/faults.md");
  if (head.status !== 0 || changes.status !== 0) return null;
  return `${head.stdout.trim()}${changes.stdout.trim() === "" ? "" : "+"}`;
}

/** One line of the table of results. */
export function lineOf(one: Outcome, commit: string, day: string): string {
  const cells = [
    day,
    commit,
    `${one.id} ${one.title}`,
    one.carrier,
    one.seed,
    one.strikes,
    one.made,
    one.lost,
    one.doubled,
    one.stated,
    one.deadS.toFixed(1),
    one.drainedS.toFixed(1),
    one.problem === null
      ? one.control
        ? LOSES
        : BALANCES
      : one.problem.split("\n")[0]?.replaceAll("|", "/").slice(0, 200),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Whether a table has a line of this run (fault, broker, seed, strikes) that is as promised. */
export function isRecorded(table: string, id: string, carrier: string, seed: number, strikes: number): boolean {
  return table.split("\n").some((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, , , fault = "", over, itsSeed, itsStrikes] = cells;
    const same = fault.split(" ")[0] === id && over === carrier;
    return (
      same && itsSeed === `${seed}` && itsStrikes === `${strikes}` && [BALANCES, LOSES].includes(cells.at(-2) ?? "")
    );
  });
}

/** Adds lines to the table in a file, which is made where it is not there. */
export function record(file: string, lines: readonly string[]): void {
  if (!existsSync(file)) writeFileSync(file, head);
  const ended = readFileSync(file, "utf8").endsWith("\n");
  appendFileSync(file, `${ended ? "" : "\n"}${lines.join("\n")}\n`);
}
