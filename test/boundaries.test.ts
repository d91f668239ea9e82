import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/**
 * Which room may import what: a directed graph without cycles, types included.
 * A room is the longest of these paths that a file lies under; it may import itself and what stands here.
 */
const base = ["shared/domain", "shared/wire", "shared/node"];
const mayImport: Record<string, string[]> = {
  "shared/domain": [],
  "shared/wire": ["shared/domain"],
  "shared/node": ["shared/domain", "shared/wire"],
  "shared/ui": ["shared/domain", "shared/wire"],
  "edge/drivers": base,
  "edge/quality": base,
  "edge/alarms": base,
  "edge/scoring": base,
  "edge/models": [...base, "edge/scoring"],
  "edge/journal": base,
  "edge/uplink": base,
  "edge/hmi": base,
  "edge/hmi/web": ["shared/ui", "shared/domain", "shared/wire"],
  edge: [
    ...base,
    "edge/drivers",
    "edge/quality",
    "edge/alarms",
    "edge/scoring",
    "edge/journal",
    "edge/uplink",
    "edge/hmi",
  ],
  "cloud/archive": base,
  "cloud/auth": base,
  "cloud/fleet": base,
  "cloud/live": base,
  "cloud/api": [...base, "cloud/archive", "cloud/auth", "cloud/fleet", "cloud/live"],
  "cloud/console/web": ["shared/ui", "shared/domain", "shared/wire"],
  "cloud/verify": [...base, "cloud/archive"],
  cloud: [...base, "cloud/archive", "cloud/auth", "cloud/fleet", "cloud/live", "cloud/api"],
  "test/rig": ["shared/domain"],
  "test/sim": ["shared/domain", "shared/wire"],
  deploy: base,
  test: ["*"],
};
/** What trains a shipped model runs the simulated rig's physics, which no program of the product does. */
const exceptions = new Set(["edge/models/ -> test/rig"]);

const root = dirname(import.meta.dirname);
const rooms = Object.keys(mayImport).sort((a, b) => b.length - a.length);
const roomOf = (file: string) => rooms.find((room) => file === room || file.startsWith(`${room}/`));

/** Every relative module that the source names: import, import type, export from, import("…"), and import types in positions of a type. */
function importsOf(source: string): string[] {
  const found: string[] = [];
  const forms = [
    /\b(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']/g,
    /\bimport\s*["']([^"']+)["']/g,
    /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g,
    /\bnew URL\(\s*["']([^"']+\.tsx?)["']/g,
  ];
  for (const form of forms)
    for (const match of source.matchAll(form)) if (match[1]?.startsWith(".")) found.push(match[1]);
  return found;
}

/** The wrong imports of one file, as "file -> room". */
function wrongImports(file: string, source: string): string[] {
  const room = roomOf(file);
  if (room === undefined) return [`${file} lies in no room`];
  const allowed = mayImport[room] ?? [];
  if (allowed.includes("*")) return [];
  return importsOf(source).flatMap((specifier) => {
    const target = roomOf(relative(root, join(root, dirname(file), specifier)));
    if (target === undefined || target === room || allowed.includes(target)) return [];
    if (exceptions.has(`${room}/ -> ${target}`)) return [];
    if (/\.test\.tsx?$/.test(file) && (target === "test" || target === "test/support")) return [];
    return [`${file} -> ${target}`];
  });
}

/** Imports of zod, or of files that import it, for more than types: a page must stay light. */
function schemasInPages(file: string, source: string): string[] {
  if (!/\/web\/|^shared\/ui\//.test(file) || /vite\.config|\.test\./.test(file)) return [];
  return [...source.matchAll(/^import\s+(?!type\b)[^;]*?from\s*["']([^"']+)["']/gm)].flatMap((match) => {
    const specifier = match[1] ?? "";
    if (specifier === "zod") return [`${file} -> zod`];
    if (!specifier.startsWith(".") || !specifier.endsWith(".ts")) return [];
    const target = readFileSync(join(root, dirname(file), specifier), "utf8");
    return /^import\s+(?!type\b).*from\s*["']zod["']/m.test(target) ? [`${file} -> ${specifier} (schemas)`] : [];
  });
}

const files = globSync("{shared,edge,cloud,deploy,test}/**/*.{ts,tsx}", { cwd: root }).filter(
  (file) => !file.includes("/dist/"),
);

test("no room imports what the table does not allow", () => {
  expect(files.flatMap((file) => wrongImports(file, readFileSync(join(root, file), "utf8")))).toEqual([]);
});

test("no page carries schemas", () => {
  expect(files.flatMap((file) => schemasInPages(file, readFileSync(join(root, file), "utf8")))).toEqual([]);
});

test.each([
  ["import", 'import { openJournal } from "../journal/journal.ts";'],
  ["import type", 'import type { Journal } from "../journal/journal.ts";'],
  ["import over lines", 'import {\n  openJournal,\n} from "../journal/journal.ts";'],
  ["import for its effect", 'import "../journal/worker.ts";'],
  ["export from", 'export { openJournal } from "../journal/journal.ts";'],
  ["lazy import", 'const { openJournal } = await import("../journal/journal.ts");'],
  ["import type in a type's place", 'let journal: import("../journal/journal.ts").Journal;'],
  ["a worker's file", 'new Worker(new URL("../journal/worker.ts", import.meta.url));'],
])("a wrong %s is seen", (_form, source) => {
  expect(wrongImports("edge/drivers/driver.ts", source)).toEqual(["edge/drivers/driver.ts -> edge/journal"]);
});

test("edge and cloud never see each other", () => {
  expect(wrongImports("edge/gateway.ts", 'import "../cloud/ingest.ts";')).toEqual(["edge/gateway.ts -> cloud"]);
  expect(wrongImports("cloud/ingest.ts", 'import "../edge/gateway.ts";')).toEqual(["cloud/ingest.ts -> edge"]);
});

test("the table has no cycles", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (room: string, path: string[]): void => {
    if (state.get(room) === "done") return;
    if (state.get(room) === "open") throw new Error(`cycle: ${[...path, room].join(" -> ")}`);
    state.set(room, "open");
    for (const next of mayImport[room] ?? []) if (next !== "*") visit(next, [...path, room]);
    state.set(room, "done");
  };
  for (const room of rooms) visit(room, []);
});
