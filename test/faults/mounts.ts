import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** What the trial said, once it was made: nothing where all is there. */
let tried: string | undefined;

/** Why file systems of a test's own, on loop devices and in memory, cannot be had here; null where they can. Only a trial tells: a kernel may refuse root. */
export function mountsMissing(): string | null {
  tried ??= trial();
  return tried === "" ? null : tried;
}

function trial(): string {
  if (process.getuid?.() !== 0) return "needs root, for file systems of its own";
  const lacking = ["mount", "umount", "losetup", "mkfs.ext4", "e2fsck", "findmnt"].filter(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
  );
  if (lacking.length > 0) return `no ${lacking.join(", ")} on this machine`;
  const folder = mkdtempSync(join(tmpdir(), "mounts-"));
  try {
    const disk = openDisk(join(folder, "data"), join(folder, "disk"), 16);
    try {
      disk.cutPower();
      const trigger = triggerOf(join(folder, "data"));
      return existsSync(trigger) ? "" : `the kernel has no ${trigger}`;
    } finally {
      disk.release();
    }
  } catch (error) {
    return `no file systems of its own: ${error instanceof Error ? error.message.trim() : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

function triggerOf(folder: string): string {
  return `/sys/fs/ext4/${basename(run("findmnt", "-no", "SOURCE", folder))}/trigger_fs_error`;
}

const writeback = "/proc/sys/vm/dirty_writeback_centisecs";
/** Linux's own, in hundredths of a second. */
const LINUX_WRITEBACK = "500";
/** What the kernel's write-back was before the first of the disks that are open. */
let before = "";
let open = 0;

function stopWriteback(): void {
  if (open === 0) {
    const now = readFileSync(writeback, "utf8").trim();
    // Nobody runs a machine so: another run of ours is on, or was killed.
    before = now === "0" ? LINUX_WRITEBACK : now;
    writeFileSync(writeback, "0");
  }
  open += 1;
}

function letWriteback(): void {
  open -= 1;
  if (open === 0) writeFileSync(writeback, before);
}

/** Puts a folder, which may not exist yet, onto ext4 whose pages reach the device by sync only. The kernel's own write-back is off until all are released. */
export function openDisk(folder: string, work: string, megabytes: number): Disk {
  mkdirSync(work, { recursive: true });
  mkdirSync(folder, { recursive: true });
  const image = join(work, "disk.img");
  const mount = () => run("mount", "-o", "loop,data=ordered,commit=600,errors=remount-ro", image, folder);
  const unmount = () => {
    spawnSync("umount", ["-l", folder]);
    spawnSync("umount", ["-l", work]);
    rmSync(work, { recursive: true, force: true });
  };
  try {
    run("mount", "-t", "tmpfs", "-o", `size=${megabytes * 3}m`, "tmpfs", work);
    run("truncate", "-s", `${megabytes}m`, image);
    run("mkfs.ext4", "-q", "-F", image);
    mount();
    stopWriteback();
  } catch (cause) {
    unmount();
    throw cause;
  }
  return {
    cutPower() {
      const copy = join(work, "cut.img");
      // Without what is empty in it: the image before may stay until the last who had it open is gone.
      run("cp", "--sparse=always", image, copy);
      run("umount", "-l", folder);
      renameSync(copy, image);
      mount();
    },
    turnReadOnly() {
      writeFileSync(triggerOf(folder), "1");
    },
    repair() {
      run("umount", folder);
      spawnSync("e2fsck", ["-p", "-f", image]);
      mount();
    },
    release() {
      letWriteback();
      unmount();
    },
  };
}

/** Puts a folder onto a small file system in memory; gives what takes it away again. */
export function openSmallDisk(folder: string, megabytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
  return () => void spawnSync("umount", ["-l", folder]);
}
