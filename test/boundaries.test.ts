import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/**
 * Which room may import what: a directed graph without cycles, types included.
 * A room is the longest of these paths that a file lies under; it may import itself and what stands here. `edge` and `cloud` are the
 * files right there: a new folder of theirs is a new room, and stands here first.
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
  "edge/configuration": base,
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
    "edge/configuration",
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
/** Rooms of single files, in which no folder is a room by itself. */
const flat = new Set(["edge", "cloud", "deploy"]);
const roomOf = (file: string) =>
  rooms.find((room) => (flat.has(room) ? dirname(file) === room : file.startsWith(`${room}/`)));

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
    if (target === undefined) return [`${file} -> ${specifier} (in no room)`];
    if (target === room || allowed.includes(target)) return [];
    if (exceptions.has(`${room}/ -> ${target}`)) return [];
    if (/\.test\.tsx?$/.test(file) && (target === "test" || target === "test/support")) return [];
    return [`${file} -> ${target}`];
  });
}

/** Modules that a source loads when it runs: imports and exports of more than types, and lazy ones. */
function loadedBy(source: string): string[] {
  const named = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^"';]*?\bfrom\s*)?["']([^"']+)["']/gm);
  return [...named, ...source.matchAll(/\bimport\s*\(\s*["']([^"']+)["']\s*\)/g)].map((match) => match[1] ?? "");
}

/** The way by which a file comes to load zod, from file to file; null where it does not. A page must stay light. */
function wayToSchemas(file: string, sourceOf: (file: string) => string, seen = new Set<string>()): string[] | null {
  seen.add(file);
  for (const specifier of loadedBy(sourceOf(file))) {
    if (specifier === "zod") return [file, "zod"];
    const next = specifier.startsWith(".") ? join(dirname(file), specifier) : "";
    if (!/\.tsx?$/.test(next) || seen.has(next)) continue;
    const way = wayToSchemas(next, sourceOf, seen);
    if (way !== null) return [file, ...way];
  }
  return null;
}

const isOfPage = (file: string) => /\/web\/|^shared\/ui\//.test(file) && !/vite|\.test\./.test(file);
const onDisk = (file: string) => readFileSync(join(root, file), "utf8");

const files = globSync("**/*.{ts,tsx,mts,cts,js,mjs,cjs}", {
  cwd: root,
  exclude: (name) => name === "node_modules" || name === "dist",
});
/** The tools' own, which they look for there. */
const outside = new Set(["vitest.config.ts"]);

test("every file of code lies in a room", () => {
  expect(files.filter((file) => roomOf(file) === undefined && !outside.has(file))).toEqual([]);
  for (const file of ["edge/extras/new.ts", "cloud/console/new.ts", "shared/new.ts", "scripts/new.ts"])
    expect([file, roomOf(file)]).toEqual([file, undefined]);
});

test("no room imports what the table does not allow", () => {
  expect(files.filter((file) => !outside.has(file)).flatMap((file) => wrongImports(file, onDisk(file)))).toEqual([]);
});

test("no page carries schemas, by whatever way", () => {
  expect(files.filter(isOfPage).flatMap((file) => wayToSchemas(file, onDisk)?.join(" -> ") ?? [])).toEqual([]);
});

/** Packages that a program loads, by whatever way, its workers among them. */
function packagesOf(file: string, sourceOf: (file: string) => string, seen = new Set<string>()): Set<string> {
  seen.add(file);
  const source = sourceOf(file);
  const workers = [...source.matchAll(/\bnew URL\(\s*["'](\.[^"']+\.ts)["']/g)].map((match) => match[1] ?? "");
  const found = new Set<string>();
  for (const specifier of [...loadedBy(source), ...workers]) {
    const next = join(dirname(file), specifier);
    if (!specifier.startsWith(".")) found.add(specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"));
    else if (next.endsWith(".ts") && !seen.has(next))
      for (const each of packagesOf(next, sourceOf, seen)) found.add(each);
  }
  return found;
}

test.each([
  "edge/main.ts",
  "cloud/main.ts",
  "cloud/verify/main.ts",
  "deploy/demo.ts",
  "test/rig/main.ts",
  "test/proof/main.ts",
  "test/faults/unsynced.ts",
])("%s, which customers run, loads no package that is for development only", (file) => {
  const { dependencies } = JSON.parse(onDisk("package.json"));
  const loaded = [...packagesOf(file, onDisk)].filter((name) => !name.startsWith("node:"));
  expect(loaded.filter((name) => !(name in dependencies))).toEqual([]);
});

test("a package is seen by whatever way a program loads it", () => {
  const tree: Record<string, string> = {
    "a.ts": 'import { type B, b } from "./b.ts";\nnew Worker(new URL("./c.ts", import.meta.url));',
    "b.ts": 'import "one";\nimport type { D } from "none";',
    "c.ts": 'const two = await import("@scope/two/deep");',
  };
  expect([...packagesOf("a.ts", (file) => tree[file] ?? "")]).toEqual(["one", "@scope/two"]);
});

/** Files that import one another in a circle, types included, as "a -> b -> a"; each circle once or more. */
function circles(all: readonly string[], sourceOf: (file: string) => string): string[] {
  const found: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    state.set(file, "open");
    for (const specifier of importsOf(sourceOf(file))) {
      const next = join(dirname(file), specifier);
      // A worker's file is started, not imported; its types alone may come back.
      if (all.includes(next) && !sourceOf(file).includes(`new URL("${specifier}"`)) visit(next, [...path, file]);
    }
    state.set(file, "done");
  };
  for (const file of all) visit(file, []);
  return found;
}

test("no files of the product import one another in a circle", () => {
  expect(
    circles(
      files.filter((file) => !file.startsWith("test/")),
      onDisk,
    ),
  ).toEqual([]);
  const tree: Record<string, string> = {
    "a.ts": 'import { b } from "./b.ts";',
    "b.ts": 'export { c } from "./c.ts";',
    "c.ts": 'import type { A } from "./a.ts";',
  };
  expect(circles(Object.keys(tree), (file) => tree[file] ?? "")).toEqual(["a.ts -> b.ts -> c.ts -> a.ts"]);
});

test.each([
  ["at once", { "a.ts": 'import { z } from "zod";' }],
  [
    "through two files",
    {
      "a.ts": 'import { b } from "./b.ts";',
      "b.ts": 'export { c } from "./c.ts";',
      "c.ts": 'import * as z from "zod";',
    },
  ],
  ["lazily", { "a.ts": 'const b = await import("./b.ts");', "b.ts": 'import "zod";' }],
])("a schema that a page reaches %s is seen", (_how, tree: Record<string, string>) => {
  expect(wayToSchemas("a.ts", (file) => tree[file] ?? "")?.at(-1)).toBe("zod");
});

test("types of schemas weigh nothing", () => {
  const tree: Record<string, string> = {
    "a.ts": 'import type { B } from "./b.ts";',
    "b.ts": 'import { z } from "zod";',
  };
  expect(wayToSchemas("a.ts", (file) => tree[file] ?? "")).toBeNull();
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
