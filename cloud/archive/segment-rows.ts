import { sealOf } from "../../shared/node/seal.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { Reader, Writer } from "../../shared/wire/bytes.ts";
import type { BodyRow } from "./compaction.ts";
import type { Finds } from "./damage.ts";
import { hourKey, hourOfKey } from "./hour.ts";
import { soundSql } from "./schema.ts";

/** A row takes the segments of further tag versions until it has so many bytes: many small rows would leave pages half empty. */
const ENOUGH_BYTES = 65_536;

/** Which tag versions share a row, row by row; a row is named by the first of them. A span has it as JSON. */
export type Groups = number[][];

/** The segment of one tag version. */
export interface Segment {
  version: number;
  body: Uint8Array;
}

/** The segments of a span (by its key) as rows, and which versions are in which. */
export function segmentRowsOf(span: number, segments: readonly Segment[]): { groups: Groups; rows: BodyRow[] } {
  const groups: Groups = [];
  const rows: BodyRow[] = [];
  let group: number[] = [];
  let to = new Writer(ENOUGH_BYTES);
  for (const [i, { version, body }] of segments.entries()) {
    group.push(version);
    to.blob(body);
    if (to.length < ENOUGH_BYTES && i + 1 < segments.length) continue;
    groups.push(group);
    rows.push({ key: rowKey(span, group), body: to.finish() });
    group = [];
    to = new Writer(ENOUGH_BYTES);
  }
  return { groups, rows };
}

/** Segments on disk. */
export interface SegmentRows {
  /** Numbers of the versions that have a segment in this span. */
  versionsIn(span: number): number[];
  /** The segments of some versions in a span, as far as it has them and they are as they were written. */
  of(span: number, versions: readonly number[]): Segment[];
  /** Keys of the rows that a span has. */
  keysOf(span: number): number[];
}

export function segmentRows(db: Sqlite, finds: Finds): SegmentRows {
  const spanOf = db.prepare<[number], { versions: string; sound: number }>(
    `select versions, ${soundSql("span")} as sound from span where key = ?`,
  );
  const bodyOf = db.prepare<[number], { body: Uint8Array; seal: number }>(
    "select body, seal from segment where key = ?",
  );
  // Written by `segmentRowsOf` alone, from the same type.
  const groupsOf = (span: number): Groups => {
    const row = spanOf.get(span);
    if (row === undefined) return [];
    if (row.sound === 1) return JSON.parse(row.versions);
    finds({ type: "span", span });
    return [];
  };
  return {
    versionsIn: (span) => groupsOf(span).flat(),
    of(span, versions) {
      const wanted = new Set(versions);
      return groupsOf(span).flatMap((group) => {
        if (!group.some((version) => wanted.has(version))) return [];
        const key = rowKey(span, group);
        const row = bodyOf.get(key);
        if (row !== undefined && sealOf("segment", key, row.body) === row.seal)
          return segmentsIn(row.body, group).filter(({ version }) => wanted.has(version));
        finds({ type: "segment", span, row: key });
        return [];
      });
    },
    keysOf: (span) => groupsOf(span).map((group) => rowKey(span, group)),
  };
}

/** The key of the row that holds a group of versions of a span. */
export function rowKey(span: number, group: readonly number[]): number {
  return hourKey(group[0] ?? 0, hourOfKey(span));
}

function segmentsIn(body: Uint8Array, group: readonly number[]): Segment[] {
  const from = new Reader(body, "segments");
  const segments = group.map((version) => ({ version, body: from.blob("segment", from.left) }));
  from.end();
  return segments;
}
