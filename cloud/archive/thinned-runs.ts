import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import type { FrameEntry } from "./merge.ts";
import { soundSql } from "./schema.ts";

/** A stretch of thinned frames that follow one another within a span, as a row: what their readings no longer tell. */
export interface ThinnedRunRow {
  epoch: number;
  first: number;
  last: number;
  span: number;
  /** Within which readings were left out (shared/domain/thinning.ts). */
  bound: number;
  /** The checksums of the originals, two words a frame, little-endian. */
  sums: Uint8Array;
}

/** The thinned ones of a span's frames. */
export function thinnedRunsOf(
  span: number,
  frames: readonly FrameEntry[],
  epochNoOf: (frame: FrameEntry) => number,
): ThinnedRunRow[] {
  const runs: { row: ThinnedRunRow; sums: Checksum[]; epoch: string }[] = [];
  for (const { thinned, ...frame } of frames) {
    if (thinned === null) continue;
    const { epoch, seq } = frame;
    const before = runs.at(-1);
    if (before?.epoch === epoch && before.row.last + 1 === seq && before.row.bound === thinned.bound) {
      before.row.last = seq;
      before.sums.push(thinned.checksum);
      continue;
    }
    const no = epochNoOf({ ...frame, thinned });
    const row = { epoch: no, first: seq, last: seq, span, bound: thinned.bound, sums: new Uint8Array(0) };
    runs.push({ row, sums: [thinned.checksum], epoch });
  }
  return runs.map(({ row, sums }) => ({ ...row, sums: bytesOf(sums) }));
}

/** Of which frames of a span readings were left out: by the epoch's number and seq what is kept of each original. */
export function thinnedRows(db: Sqlite): (span: number) => (epoch: number, seq: number) => FrameEntry["thinned"] {
  const rows = db.prepare<[number], ThinnedRunRow>(
    `select epoch, first, last, span, bound, sums from thinned_run where span = ? and ${soundSql("thinned_run")}`,
  );
  return (span) => {
    const all = rows.all(span);
    return (epoch, seq) => {
      const row = all.find((one) => one.epoch === epoch && one.first <= seq && seq <= one.last);
      return row === undefined ? null : { bound: row.bound, checksum: sumAt(row, seq - row.first) };
    };
  };
}

function bytesOf(sums: readonly Checksum[]): Uint8Array {
  const bytes = new Uint8Array(8 * sums.length);
  const view = new DataView(bytes.buffer);
  for (const [i, { a, b }] of sums.entries()) {
    view.setUint32(8 * i, a, true);
    view.setUint32(8 * i + 4, b, true);
  }
  return bytes;
}

function sumAt({ sums }: ThinnedRunRow, i: number): Checksum {
  const view = new DataView(sums.buffer, sums.byteOffset, sums.byteLength);
  return { a: view.getUint32(8 * i, true), b: view.getUint32(8 * i + 4, true) };
}
