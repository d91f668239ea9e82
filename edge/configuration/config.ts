import type { HmiConfigError } from "../../shared/domain/hmi.ts";
import type { RigConfig } from "../../shared/domain/rig-config.ts";
import { readConfig } from "./errors.ts";
import { readConfigFile } from "./file.ts";
import { TagFault, type TagIssue, tagsOf } from "./tags.ts";

/** A configuration with the text that it was read from and that text's hash. */
export interface GoodConfig {
  config: RigConfig;
  text: string;
  hash: string;
}

/** A configuration, or every fault of it. The hash is null where nothing could be read; `savedAt` is when the file was saved, ms UTC. */
export type ConfigRead = { savedAt: number | null } & (GoodConfig | { errors: HmiConfigError[]; hash: string | null });

/**
 * Reads a rig's configuration; either it, or every fault with its path and place. A file that is not there is a fault too.
 * What was found `before` is found again where the text is the same: a long one takes a second.
 */
export function readRigConfig(path: string, before: ConfigRead | null = null): ConfigRead {
  const read = readConfigFile(path);
  if (before !== null && read.hash !== null && read.hash === before.hash) return { ...before, savedAt: read.savedAt };
  if ("problem" in read) {
    const { problem: message, hash, savedAt } = read;
    return { errors: [{ path: "", line: null, column: null, message, nearest: null, excerpt: [] }], hash, savedAt };
  }
  return { ...checkConfig(read.text), text: read.text, hash: read.hash, savedAt: read.savedAt };
}

/** What a configuration's text says, or what is wrong with it. */
export function checkConfig(text: string): { config: RigConfig } | { errors: HmiConfigError[] } {
  return readConfig(text, tagIssues);
}

/** What is wrong with the tags of a configuration that fits its schema. */
function tagIssues(config: RigConfig): readonly TagIssue[] {
  try {
    tagsOf(config, 0);
    return [];
  } catch (error) {
    if (!(error instanceof TagFault)) throw error;
    return error.issues;
  }
}

/** One fault a line, for the console: where, what, and what may have been meant. */
export function faultLines(file: string, errors: readonly HmiConfigError[]): string {
  return errors
    .map(({ path, line, column, message, nearest }) => {
      const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
      return `${place}: ${path === "" ? "" : `${path}: `}${message}${nearest === null ? "" : ` Did you mean "${nearest}"?`}\n`;
    })
    .join("");
}
