import { readFileSync } from "node:fs";
import type { HmiConfigError } from "../shared/domain/hmi.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import { readConfig } from "./hmi/config-errors.ts";
import { TagFault, type TagIssue, tagsOf } from "./tags.ts";

export type ConfigRead = { config: RigConfig } | { errors: HmiConfigError[] };

/** Reads a rig's configuration; either it, or every fault with its path and place. A file that is not there is a fault too. */
export function readRigConfig(path: string): ConfigRead {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { errors: [{ path: "", line: null, column: null, message, nearest: null, excerpt: [] }] };
  }
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
