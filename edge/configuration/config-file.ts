import type { Log } from "../../shared/node/log.ts";
import { type ConfigRead, faultLines, readRigConfig } from "./config.ts";
import { stampOf } from "./file.ts";

/** The configuration's file as it was last read. People edit it at any time, also while a rig runs. */
export interface ConfigFile {
  /** Reads the file if it changed, or in any case if `again`; true if it was read. */
  look(again: boolean): boolean;
  /** What the last look found. */
  read(): ConfigRead;
  /** When the file was last read, ms UTC. */
  checkedAt(): number;
}

export function openConfigFile(path: string, log: Pick<Log, "error">): ConfigFile {
  let read: ConfigRead = { errors: [], hash: null, savedAt: null };
  let stamp: string | null = null;
  let checkedAt = 0;
  return {
    look(again) {
      const now = stampOf(path);
      if (now === stamp && !again) return false;
      const changed = now !== stamp;
      stamp = now;
      read = readRigConfig(path, read);
      checkedAt = Date.now();
      if ("errors" in read && changed)
        log.error({ file: path }, `the configuration is broken: ${faultLines(path, read.errors)}`);
      return true;
    },
    read: () => read,
    checkedAt: () => checkedAt,
  };
}
