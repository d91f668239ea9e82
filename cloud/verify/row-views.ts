import { sensorOf } from "../../shared/domain/catalogue.ts";
import { AT_SOURCE, BAD, QUALITY_MASK, rawNumber, reasons } from "../../shared/domain/reading.ts";
import { engineering, representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import { thinBound } from "../../shared/domain/thinning.ts";
import type { Piece, Source } from "../archive/merge.ts";
import type { StoredCell } from "./cells.ts";

/** Stored readings of one device's tags that show the rows of one record type. */
export interface RowView {
  device: string;
  record: string;
  /** The counter and the cells, by their names in the ledger. */
  tags: { cell: string; version: TagVersion; piece: Piece }[];
}

/** One stored reading of a view. */
export interface ViewReading extends StoredCell {
  at: number;
  /** The frame and the moment that it was read in: what was read at once has the same. */
  poll: string;
  /** In engineering units; null where it is bad. */
  value: number | null;
  /** In engineering units, see `Kept`. */
  bound: number | null;
}

/**
 * The views in a source. A tag shows the value T of record R if its name ends in "R.T", or is T on a device whose only counter is that of R.
 * `cellsOf` gives the names of a record's values, as the ledger has them.
 */
export function viewsIn(
  source: Source,
  versionOf: (no: number) => TagVersion,
  cellsOf: ReadonlyMap<string, ReadonlySet<string>>,
): RowView[] {
  const tags = [...source.pieces].map(([no, piece]) => ({ version: versionOf(no), piece }));
  const views = new Map<string, RowView>();
  for (const { version } of tags)
    for (const record of cellsOf.keys())
      if (endsIn(version.name, `${record}.count`))
        views.set(`${version.source}/${record}`, { device: version.source, record, tags: [] });
  for (const view of views.values()) {
    const alone = [...views.values()].filter((other) => other.device === view.device).length === 1;
    for (const cell of cellsOf.get(view.record) ?? []) {
      const plain = sensorOf(cell)?.name ?? cell;
      const shows = ({ source: device, name }: TagVersion) =>
        device === view.device && (endsIn(name, `${view.record}.${cell}`) || (alone && name === plain));
      for (const tag of tags) if (shows(tag.version)) view.tags.push({ cell, ...tag });
    }
  }
  return [...views.values()];
}

function endsIn(name: string, end: string): boolean {
  return name === end || name.endsWith(`.${end}`);
}

/** The readings of a tag in a source that belong to frames of it, in their order. */
export function* readingsOf(source: Source, version: TagVersion, piece: Piece): Generator<ViewReading> {
  const as = representationOf(version.kind);
  const { readings, frame, start, end } = piece;
  for (let i = start; i < end; i++) {
    const entry = source.frames[frame[i] ?? 0];
    if (entry === null || entry === undefined) continue;
    const status = readings.status[i] ?? BAD;
    const quality = status & QUALITY_MASK;
    const at = readings.at[i] ?? 0;
    const raw = rawNumber(readings, i, as);
    yield {
      at,
      poll: `${entry.epoch} ${entry.seq} ${at}`,
      quality,
      reason: reasons[(readings.reason[i] ?? 0) & 0xffff] ?? "none",
      raw,
      subscribed: (status & AT_SOURCE) !== 0,
      value: quality === BAD ? null : engineering(version.kind, raw),
      bound: entry.thinned === null ? null : thinBound(version, entry.thinned.bound),
    };
  }
}
