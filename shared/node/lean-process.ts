import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { setFlagsFromString } from "node:v8";

/** Threads share what the C library sets aside for them, and what is large goes back to the system as soon as it is free. */
const allocator = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "262144" };
/** In the environment of a process that was begun anew: how often. */
const MARK = "IDRILL_LEAN";

export interface LeanOptions {
  /** Whether this call runs for long; one that only asks something stays as it is. */
  daemon: boolean;
  /** Names its folder below the one for compiled code in IDRILL_DATA. */
  part: "edge" | "cloud";
  /** V8's flags for the heaps of all threads. */
  heapFlags: readonly string[];
  /** Imports what the program and its threads load at each start. */
  everything(): Promise<unknown>;
}

/**
 * Keeps a daemon's memory small: begins this process anew, under the same id, with settings that only count at a start, or returns where that was
 * done. Compiled code is kept in the data folder, so that no thread needs the compiler of types: the first start of a release compiles what
 * `everything` imports, keeps it and begins once more. Where the system cannot begin a process anew, it sets what can be set in one that runs.
 * To be called before anything large is imported.
 */
export async function startLean({ daemon, part, heapFlags, everything }: LeanOptions): Promise<void> {
  if (!daemon) return;
  const { execve } = process;
  if (execve === undefined || process.platform === "win32") {
    for (const flag of heapFlags) setFlagsFromString(flag);
    return;
  }
  const beginAnew = (flags: readonly string[], env: NodeJS.ProcessEnv) =>
    execve(process.execPath, [process.execPath, ...flags, ...process.execArgv, ...process.argv.slice(1)], env);
  const begun = process.env[MARK];
  if (begun === undefined) {
    beginAnew(heapFlags, { ...allocator, ...codeFolder(part), ...process.env, [MARK]: "1" });
  } else if (begun === "1" && !isKept(part)) {
    await everything();
    flushCompileCache();
    noteKept(part);
    beginAnew([], { ...process.env, [MARK]: "2" });
  }
}

/** Where compiled code is kept, a folder a release, unless the environment says where; nowhere if it cannot be made. */
function codeFolder(part: string): { NODE_COMPILE_CACHE?: string } {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return {};
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const folder = join(process.env.IDRILL_DATA || "data", "code", part, String(version));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return {}; // Told when the program opens the folder for its data.
  }
  return { NODE_COMPILE_CACHE: folder };
}

const kept = (part: string) => join(process.env.NODE_COMPILE_CACHE ?? "", `kept-${part}`);

/** Also where nothing is to be kept. */
function isKept(part: string): boolean {
  return process.env.NODE_COMPILE_CACHE === undefined || existsSync(kept(part));
}

function noteKept(part: string): void {
  try {
    writeFileSync(kept(part), "");
  } catch {
    // A disk that takes nothing: the next start compiles again.
  }
}
