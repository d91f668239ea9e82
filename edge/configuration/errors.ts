import { z } from "zod";
import type { HmiConfigError } from "../../shared/domain/hmi.ts";
import { RigConfig } from "../../shared/domain/rig-config.ts";
import { locate, type Place } from "./places.ts";

/** Lines shown before and after the one at fault, and characters of each at most. */
const AROUND = 3;
const WIDTH = 200;
/** More are not looked at: who mends these sees the next ones. */
const MOST_ERRORS = 50;

/** A fault that only shows when a configuration that fits its schema is put to use. */
export interface Objection {
  path: PropertyKey[];
  message: string;
}

/**
 * Reads a rig's configuration; either it, or every error with its path, place, nearest allowed word and some lines around.
 * `object` says what else is wrong with one that fits its schema.
 */
export function readConfig(
  text: string,
  object: (config: RigConfig) => readonly Objection[] = () => [],
): { config: RigConfig } | { errors: HmiConfigError[] } {
  const places = locate(text);
  if ("error" in places) {
    const { message, line, column } = places.error;
    const excerpt = excerptOf(text.split("\n"), { line, column });
    return { errors: [{ path: "", line, column, message, nearest: null, excerpt }] };
  }
  const parsed = RigConfig.safeParse(JSON.parse(text), { reportInput: true });
  if (parsed.success) {
    const objections = object(parsed.data).slice(0, MOST_ERRORS);
    if (objections.length === 0) return { config: parsed.data };
    const lines = text.split("\n");
    return { errors: objections.map((one) => errorOf({ ...one, code: "custom" }, lines, places.places)) };
  }
  const issues = parsed.error.issues.flatMap(flatten).slice(0, MOST_ERRORS);
  const lines = text.split("\n");
  return { errors: issues.map((issue) => errorOf(issue, lines, places.places)) };
}

/** A union's own issue says nothing; those of the branch that got furthest do. */
function flatten(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code === "unrecognized_keys" && issue.keys.length > 1) {
    return issue.keys.map((key) => ({ ...issue, keys: [key], message: `Unrecognized key: "${key}"` }));
  }
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const branch = issue.errors.reduce((a, b) => (b.length < a.length ? b : a));
  return branch.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

function errorOf(issue: z.core.$ZodIssue, lines: readonly string[], places: Map<string, Place>): HmiConfigError {
  const unknownKey = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = pathText(unknownKey === undefined ? issue.path : [...issue.path, unknownKey]);
  // A missing key has no place of its own: its object's is shown.
  const place = places.get(path) ?? places.get(pathText(issue.path)) ?? places.get(pathText(issue.path.slice(0, -1)));
  const allowed = allowedFor(issue);
  const written = unknownKey ?? (typeof issue.input === "string" ? issue.input : undefined);
  return {
    path,
    line: place?.line ?? null,
    column: place?.column ?? null,
    message: withLines(messageOf(issue, written, allowed), places),
    nearest: written === undefined ? null : nearestOf(written, allowed),
    excerpt: place === undefined ? [] : excerptOf(lines, place),
  };
}

/** What a message refers to by its path gets its line too. */
function withLines(message: string, places: Map<string, Place>): string {
  return message.replace(/first at (\S+)$/, (words, path: string) => {
    const place = places.get(path);
    return place === undefined ? words : `${words}, line ${place.line}`;
  });
}

function messageOf(issue: z.core.$ZodIssue, written: string | undefined, allowed: readonly string[]): string {
  if (issue.code === "invalid_value" && written !== undefined && allowed.length > 0) {
    return `"${written}" is not allowed here. Allowed: ${allowed.join(", ")}.`;
  }
  if (issue.code === "unrecognized_keys") return `"${written}" is not a known setting.`;
  if (issue.code === "invalid_type" && issue.input === undefined) return `This setting is missing (${issue.expected}).`;
  if (issue.code === "too_small" && issue.origin === "number")
    return `${issue.input} is too small. At least ${issue.minimum}.`;
  if (issue.code === "too_big" && issue.origin === "number")
    return `${issue.input} is too large. At most ${issue.maximum}.`;
  return issue.message;
}

function allowedFor(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code === "unrecognized_keys") return settingNames;
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options))
    return issue.options.map(String);
  return [];
}

/** Every name of a setting anywhere in the configuration, from the schema itself. */
const settingNames = namesIn(z.toJSONSchema(RigConfig, { io: "input", unrepresentable: "any" }));

function namesIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own =
    "properties" in schema && typeof schema.properties === "object" ? Object.keys(schema.properties ?? {}) : [];
  return [...new Set([...own, ...Object.values(schema).flatMap(namesIn)])];
}

/** The allowed word that differs least from what was written, if it differs little (a third of its letters; two for short words). */
export function nearestOf(written: string, allowed: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(written.length / 3)) + 1;
  for (const word of allowed) {
    const steps = distance(written.toLowerCase(), word.toLowerCase());
    if (steps < least) [best, least] = [word, steps];
  }
  return best;
}

/** Edits that turn one word into the other; two neighbours swapped count as one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let steps = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("");
}

function excerptOf(lines: readonly string[], { line, column }: Place): HmiConfigError["excerpt"] {
  const first = Math.max(1, line - AROUND);
  // A file without line breaks is shown from shortly before its fault.
  const from = column <= WIDTH * 0.8 ? 0 : column - 1 - WIDTH * 0.4;
  return lines.slice(first - 1, line + AROUND).map((content, i) => ({
    line: first + i,
    text: `${from > 0 && first + i === line ? "…" : ""}${content
      .replace(/\r$/, "")
      .slice(first + i === line ? from : 0)
      .slice(0, WIDTH)}`,
  }));
}
