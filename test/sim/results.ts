import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import type { Mode } from "./options.ts";

/** The commit that runs, with a mark where the working tree differs from it in more than the results themselves. */
export function commitOf(folder: string): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  const isClean = git("status", "--porcelain", "--", ".", ":!docs/simulation.md") === "";
  return `${git("rev-parse", "--short=10", "HEAD")}${isClean ? "" : "+"}`;
}

/** Adds a line to the table at the end of a file: today's date and what a range of seeds came to. */
export function record(
  file: string,
  ran: { commit: string; mode: Mode; from: number; count: number; steps: number; broke: number },
): void {
  const { commit, mode, from, count, steps, broke } = ran;
  const cells = [new Date().toISOString().slice(0, 10), commit, mode, from, from + count - 1, steps];
  appendFileSync(file, `| ${[...cells, broke === 0 ? "nothing broke" : `${broke} broke`].join(" | ")} |\n`);
}
