import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { BAD, type Block, GOOD, realBits, reasonCode } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";

/** The reference series (data/series): day is a usual day of scaled integers, real the same as float32, double four of its tags with full mantissas, noisy another run. */
export type SeriesName = "day" | "noisy" | "real" | "double";

/** One rig's readings at 1 Hz, by rows; a row is what one tick reads. */
export interface Series {
  rows: number;
  /** Time of row 0, ms UTC; a whole hour. */
  start: number;
  tags: readonly TagVersion[];
  /** Appends row `row` (they repeat without end) with its tags numbered from `first`; nothing where the rig read nothing in that second. */
  fill(into: Block, row: number, at: number, first?: number): void;
  /** The value of a tag as its file has it. */
  raw(tag: number, row: number): number;
}

const Head = z.object({
  tags: z.array(z.object({ name: z.string(), decimals: z.number().int() })),
  rows: z.number().int(),
  start: z.number(),
  doubles: z.array(z.string()),
});

/** Opens a series; null where the reference data is not there. */
export function openSeries(dataDir: string, name: SeriesName): Series | null {
  const folder = join(dataDir, "series");
  if (!existsSync(join(folder, "day.json"))) return null;
  const head = Head.parse(JSON.parse(readFileSync(join(folder, "day.json"), "utf8")));
  const bytesOf = (file: string) => {
    const bytes = gunzipSync(readFileSync(join(folder, `${file}.gz`)));
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  };
  const tags = head.tags
    .slice(0, name === "noisy" ? 10 : head.tags.length)
    .filter((tag) => name !== "double" || head.doubles.includes(tag.name));
  const values = valuesOf(name, bytesOf);
  const missing = name === "noisy" ? new Uint8Array(head.rows) : new Uint8Array(bytesOf("day-missing.u8"));
  const { rows } = head;
  // Of the series' own note: the first tag reads bad for 40 s.
  const badFrom = name === "day" || name === "real" ? 28_800 : rows;
  const raw = (tag: number, row: number) => values[tag * rows + (row % rows)] ?? Number.NaN;

  return {
    rows,
    start: head.start,
    tags: tags.map((tag, i) => versionOf(tag, i, name)),
    raw,
    fill(into, row, at, first = 0) {
      const inDay = row % rows;
      if (missing[inDay] === 1) return;
      for (let tag = 0; tag < tags.length; tag++) {
        const bad = tag === 0 && inDay >= badFrom && inDay < badFrom + 40;
        const status = bad ? BAD : GOOD;
        const reason = bad ? outside : 0;
        const value = raw(tag, inDay);
        if (name === "real") into.pushBits(first + tag, at, realBits(value), 0, status, reason);
        else into.push(first + tag, at, value, status, reason);
      }
    },
  };
}

const outside = reasonCode("outside its range");

function valuesOf(name: SeriesName, bytesOf: (file: string) => ArrayBufferLike) {
  switch (name) {
    case "day":
      return new Int32Array(bytesOf("day-scaled.i32"));
    case "noisy":
      return new Int32Array(bytesOf("noisy-scaled.i32"));
    case "real":
      return new Float32Array(bytesOf("day-real.f32"));
    case "double":
      return new Float64Array(bytesOf("day-double-4tags.f64"));
  }
}

function versionOf({ name, decimals }: { name: string; decimals: number }, i: number, series: SeriesName): TagVersion {
  const scaled = { type: "scaled", bits: 32, signed: true, scale: 10 ** -decimals, offset: 0 } as const;
  const kinds = { day: scaled, noisy: scaled, real: { type: "real" }, double: { type: "double" } } as const;
  const kind = kinds[series];
  return {
    // Any fixed ids do; random ones are what a rig has, and the last digits keep them apart.
    id: `5e41c0ffee${series.length.toString(16)}9${i.toString(16).padStart(4, "0")}`,
    name,
    label: name,
    unit: "count",
    kind: kind.type === "scaled" ? kind : { ...kind, scale: 1, offset: 0 },
    limits: { onDelayS: 5, deadband: 0.02 },
    source: "plc",
    validFrom: 0,
  };
}

/** `count` tags made of a series' own, each set of copies an hour and some seconds further on in time. */
export function repeated(series: Series, count: number): Series {
  const own = series.tags.length;
  const tags = Array.from({ length: count }, (_, i): TagVersion => {
    const tag = series.tags[i % own];
    if (tag === undefined) throw new Error("a series without tags");
    const copy = Math.floor(i / own);
    return { ...tag, id: tag.id.replace(/^..../, copy.toString(16).padStart(4, "0")), name: `${tag.name}.${copy}` };
  });
  const raw = (tag: number, row: number) => series.raw(tag % own, row + 3_617 * Math.floor(tag / own));
  return {
    ...series,
    tags,
    raw,
    fill(into, row, at, first = 0) {
      for (let tag = 0; tag < count; tag++) into.push(first + tag, at, raw(tag, row), GOOD, 0);
    },
  };
}
