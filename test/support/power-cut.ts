import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";

/** Whether this machine lets us watch what a program syncs to its disk. */
export const canCutPower = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/**
 * Runs a program until it kills itself and leaves its database as a disk may have it after a power cut at that moment: of the write-ahead log only the bytes that were
 * written before its last sync. The program must not have written a log anew from its beginning, so that it only grew.
 */
export function runUntilPowerCut(args: readonly string[], folder: string, database: string): void {
  mkdirSync(folder, { recursive: true });
  const trace = join(folder, "trace");
  const watch = ["-ff", "-y", "-qq", "-o", trace, "-e", "trace=pwrite64,fsync,fdatasync,unlink,unlinkat"];
  const { signal, stderr } = spawnSync("strace", [...watch, process.execPath, ...args], { encoding: "utf8" });
  if (signal !== "SIGKILL") throw new Error(`the program did not reach its end: ${stderr}`);
  const log = `${database}-wal`;
  const calls = globSync(`${trace}.*`).flatMap((file) => readFileSync(file, "utf8").split("\n"));
  let [written, synced] = [0, 0];
  for (const call of calls) {
    if (call.startsWith("unlink") && call.includes(`"${log}"`)) [written, synced] = [0, 0];
    if (!call.includes(`<${log}>`)) continue;
    const [, length = 0, offset = 0] = (/^pwrite64\(.*, (\d+), (\d+)\) += \d+/.exec(call) ?? []).map(Number);
    written = Math.max(written, offset + length);
    if (/^f(data)?sync\(/.test(call)) synced = written;
  }
  if (written === 0) throw new Error("the program wrote no log");
  truncateSync(log, synced);
  if (existsSync(`${database}-shm`)) rmSync(`${database}-shm`);
}
