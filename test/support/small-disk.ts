import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own in memory, small enough to fill. */
export interface SmallDisk {
  path: string;
  /** Takes all that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  /** Refuses or allows writes, as a kernel does after a fault. */
  readOnly(on: boolean): void;
  close(): void;
}

function run(...command: string[]): boolean {
  const [program = "", ...args] = command;
  return spawnSync(program, args).status === 0;
}

/** Whether this machine lets us mount one: it takes root. */
export function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), "mount-"));
  const mounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path);
  if (mounted) run("umount", path);
  rmdirSync(path);
  return mounted;
}

export function openSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "disk-"));
  const size = `size=${megabytes}m`;
  if (!run("mount", "-t", "tmpfs", "-o", size, "tmpfs", path)) throw new Error(`${path} cannot be mounted`);
  const ballast = join(path, "ballast");
  return {
    path,
    fill() {
      const { bavail, bsize } = statfsSync(path);
      // Blocks first, then what is left of the last one.
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(ballast, { force: true }),
    readOnly(on) {
      if (!run("mount", "-o", `remount,${on ? "ro" : "rw"},${size}`, path))
        throw new Error(`${path} cannot be remounted`);
    },
    close() {
      run("umount", "-l", path);
      rmdirSync(path);
    },
  };
}
