import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A control group of a test's own, in which a program may have so much memory and no more. */
export interface MemoryLimit {
  /** The command under which a program runs in it; it keeps its process id. */
  under: readonly string[];
  /** From now on so many bytes, or as few as the kernel takes while more is in use. */
  set(bytes: number): void;
  usedBytes(): number;
  /** Nothing runs in it any more. */
  close(): void;
}

interface Layout {
  root: string;
  limit: string;
  used: string;
}

/** Version 1 has a tree for memory alone; version 2 has one for all, in which memory must be let through to the children. */
function layout(): Layout | null {
  const first = "/sys/fs/cgroup/memory";
  if (existsSync(join(first, "memory.limit_in_bytes")))
    return { root: first, limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes" };
  const second = "/sys/fs/cgroup";
  if (!existsSync(join(second, "cgroup.subtree_control"))) return null;
  writeFileSync(join(second, "cgroup.subtree_control"), "+memory");
  return { root: second, limit: "memory.max", used: "memory.current" };
}

/** Why memory cannot be limited here; null where it can. Only a trial tells. */
export function memoryLimitMissing(): string | null {
  if (process.getuid?.() !== 0) return "control groups need root";
  try {
    const trial = openMemoryLimit();
    trial.set(100e6);
    trial.usedBytes();
    trial.close();
    return null;
  } catch (error) {
    return `no control group for memory: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function openMemoryLimit(): MemoryLimit {
  const found = layout();
  if (found === null) throw new Error("none is mounted");
  const folder = join(found.root, `idrill-${randomBytes(4).toString("hex")}`);
  mkdirSync(folder);
  const members = join(folder, "cgroup.procs");
  const usedBytes = () => Number(readFileSync(join(folder, found.used), "utf8"));
  return {
    under: ["sh", "-c", `echo $$ > ${members} && exec "$@"`, "sh"],
    set(bytes) {
      for (let wanted = bytes; ; wanted *= 1.05) {
        try {
          writeFileSync(join(folder, found.limit), String(Math.round(wanted)));
          return;
        } catch (error) {
          // Version 1 takes no limit below what it cannot take back.
          if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
        }
      }
    },
    usedBytes,
    close: () => rmdirSync(folder),
  };
}
