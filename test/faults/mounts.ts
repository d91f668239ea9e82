import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** File systems of a test's own, on loop devices and in memory; only root has them. */
export function mountsMissing(): string | null {
  if (process.getuid?.() !== 0) return "needs root, for file systems of its own";
  const lacking = ["mount", "umount", "losetup", "mkfs.ext4", "e2fsck", "findmnt"].filter(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
  );
  return lacking.length === 0 ? null : `no ${lacking.join(", ")} on this machine`;
}

/** A folder that lies on a file system of its own. */
export interface Disk {
  /** Whoever uses the folder is stopped or gone: what was not synced is lost, as when the power goes. */
  cutPower(): void;
  /** The kernel finds an error and turns the file system read-only. */
  turnReadOnly(): void;
  /** Nobody uses the folder: it is checked and can be written again. */
  repair(): void;
  release(): void;
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr || String(error)}`);
  return stdout.trim();
}

const writeback = "/proc/sys/vm/dirty_writeback_centisecs";

/**
 * Puts a folder, which may not exist yet, onto ext4 whose pages reach the device by sync only. The kernel's own write-back is off until `release`.
 * Throws, and leaves nothing behind, where the machine does not let it.
 */
export function openDisk(folder: string, work: string, megabytes: number): Disk {
  mkdirSync(work, { recursive: true });
  mkdirSync(folder, { recursive: true });
  const before = readFileSync(writeback, "utf8").trim();
  const image = join(work, "disk.img");
  const mount = () => run("mount", "-o", "loop,data=ordered,commit=600,errors=remount-ro", image, folder);
  const release = () => {
    spawnSync("umount", ["-l", folder]);
    spawnSync("umount", ["-l", work]);
    rmSync(work, { recursive: true, force: true });
  };
  try {
    run("mount", "-t", "tmpfs", "-o", `size=${megabytes * 3}m`, "tmpfs", work);
    run("truncate", "-s", `${megabytes}m`, image);
    run("mkfs.ext4", "-q", "-F", image);
    mount();
    writeFileSync(writeback, "0");
  } catch (error) {
    release();
    throw error;
  }
  return {
    cutPower() {
      const copy = join(work, "cut.img");
      copyFileSync(image, copy);
      run("umount", "-l", folder);
      renameSync(copy, image);
      mount();
    },
    turnReadOnly() {
      const device = basename(run("findmnt", "-no", "SOURCE", folder));
      writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, "1");
    },
    repair() {
      run("umount", folder);
      spawnSync("e2fsck", ["-p", "-f", image]);
      mount();
    },
    release() {
      writeFileSync(writeback, before);
      release();
    },
  };
}

/** Puts a folder onto a small file system in memory; gives what takes it away again. */
export function openSmallDisk(folder: string, megabytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
  return () => void spawnSync("umount", ["-l", folder]);
}
