import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { ArchiveDamaged, type Damage } from "../../cloud/archive/damage.ts";
import type { History } from "../../cloud/archive/history.ts";
import type { CoverageSpan } from "../../shared/domain/api-coverage.ts";
import type { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Random } from "../sim/random.ts";
import { START } from "./hand-rig.ts";

/** What one asks of the office, as lines; by line when it was, so that it can be looked for in coverage. */
export interface Told {
  readings: Map<string, number>;
  minutes: Map<string, number>;
  latest: Map<string, number>;
  events: Map<string, number>;
  /** Spans that are said to be damaged. */
  damaged: CoverageSpan[];
  /** Questions that were refused: "damaged". */
  refused: Map<string, string>;
}

/** Asks all questions about a rig's tags from `START` to `end`; a question that the damage stops is refused, anything else fails the test. */
export async function ask(history: History, rig: string, tags: readonly string[], end: number): Promise<Told> {
  const told: Told = {
    readings: new Map(),
    minutes: new Map(),
    latest: new Map(),
    events: new Map(),
    damaged: [],
    refused: new Map(),
  };
  const asking = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!isSaid(error)) throw error;
      told.refused.set(name, String(error));
    }
  };
  await asking("readings", async () => {
    const { series } = await history.readings(rig, tags, START, end, { limit: 1_000_000 });
    for (const { version, readings } of series)
      for (let i = 0; i < readings.length; i++) {
        const line = lineOf(version, readings, i);
        if (told.readings.has(line)) throw new Error(`twice: ${line}`);
        told.readings.set(line, readings.at[i] ?? 0);
      }
  });
  await asking("minutes", async () => {
    for (const { version, buckets } of await history.buckets(rig, tags, START, end, 60_000))
      for (let m = 0; m < buckets.count.length; m++) {
        const { count, bad, min, max, sum, last } = buckets;
        told.minutes.set([version.id, m, count[m], bad[m], min[m], max[m], sum[m], last[m]].join(), START + m * 60_000);
      }
  });
  await asking("latest", async () => {
    for (const { version, seq, reading } of await history.latest(rig))
      told.latest.set(lineOf(version, reading, 0), seq);
  });
  await asking("events", async () => {
    const { rows } = await history.events(rig, { limit: 1_000 });
    for (const { seq, event, at } of rows) told.events.set(`${seq} ${JSON.stringify(event)}`, at);
  });
  await asking("coverage", async () => {
    const { spans } = await history.coverage(rig, START, end, end);
    told.damaged = spans.filter(
      ({ kind, reason }) => kind === "missing" && reason.startsWith("damaged in the archive"),
    );
  });
  return told;
}

function lineOf({ id, name }: TagVersion, { at, words, status, reason }: Block, i: number): string {
  return [id, name, at[i], ...words.subarray(2 * i, 2 * i + 2), status[i], reason[i]].join();
}

/** The damage is said, not hidden. */
export function isSaid(error: unknown): boolean {
  return (
    error instanceof ArchiveDamaged ||
    (error instanceof Database.SqliteError && /CORRUPT|NOTADB|ERROR|IOERR/.test(error.code))
  );
}

/** What of an answer is neither true nor said to be damaged. */
export function lies(told: Told, truth: Told, found: readonly Damage[]): string[] {
  const wrong: string[] = [];
  const isDamaged = (at: number, lasts: number) =>
    told.refused.has("coverage") || told.damaged.some(({ from, to }) => from < at + lasts && to >= at);
  // A minute may be of fewer readings, the latest value an earlier one under its own time.
  const mayDiffer = (what: string, line: string, at: number, lasts: number) =>
    what === "minutes" ? isDamaged(at, lasts) : what === "latest" && found.length > 0 && truth.readings.has(line);
  for (const what of ["readings", "minutes", "latest", "events"] as const) {
    if (told.refused.has(what)) continue;
    const lasts = what === "minutes" ? 60_000 : 1_000;
    for (const [line, at] of told[what])
      if (!truth[what].has(line) && !mayDiffer(what, line, at, lasts)) wrong.push(`${what}: made up ${line}`);
    for (const [line, at] of truth[what]) {
      if (told[what].has(line)) continue;
      const said = what === "latest" || what === "events" ? found.length > 0 : isDamaged(at, lasts);
      if (!said) wrong.push(`${what}: silently gone ${line}`);
    }
  }
  return wrong;
}

/** Flips bits of a file at random places; says where. */
export function flipBits(path: string, random: Random, count: number): string[] {
  const file = openSync(path, "r+");
  const { size } = fstatSync(file);
  const byte = Buffer.alloc(1);
  const places = Array.from({ length: count }, () => {
    const place = random.int(size);
    const bit = random.int(8);
    readSync(file, byte, 0, 1, place);
    byte[0] = (byte[0] ?? 0) ^ (1 << bit);
    writeSync(file, byte, 0, 1, place);
    return `${place}.${bit} (page ${Math.floor(place / 4_096) + 1})`;
  });
  closeSync(file);
  return places;
}
