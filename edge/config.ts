import { readFileSync } from "node:fs";
import type { HmiConfigError } from "../shared/domain/hmi.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import { readConfig } from "./hmi/config-errors.ts";
import { locate } from "./hmi/json-places.ts";
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
  const read = readConfig(text);
  if ("errors" in read) return read;
  try {
    tagsOf(read.config, 0);
    return read;
  } catch (error) {
    if (!(error instanceof TagFault)) throw error;
    return { errors: error.issues.map((issue) => errorOf(issue, text)) };
  }
}

function errorOf(issue: TagIssue, text: string): HmiConfigError {
  const path = pathText(issue.path);
  const found = locate(text);
  const place = "places" in found ? found.places.get(path) : undefined;
  return {
    path,
    line: place?.line ?? null,
    column: place?.column ?? null,
    message: issue.message,
    nearest: null,
    excerpt: [],
  };
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${key}`)).join("");
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
