import type { TagVersion } from "../../shared/domain/tag.ts";
import { addReadings } from "../../shared/wire/checksum.ts";
import { tagListOf } from "../../shared/wire/dictionary.ts";
import { viewOf } from "./block-view.ts";
import type { FrameEntry, Merged, Piece } from "./merge.ts";

/** Checksums of a span's frames (two words a frame, in their order), worked out from their readings; of thinned ones those of their originals. */
export function frameSums(
  frames: readonly (FrameEntry | null)[],
  pieces: Iterable<readonly [number, Piece]>,
  versionOf: (version: number) => TagVersion,
): Uint32Array {
  const sums = new Uint32Array(2 * frames.length);
  for (const [version, { frame, readings, start, end }] of pieces) {
    const view = viewOf(readings, start, end);
    // The list has one tag: whatever the block's own dictionary was.
    view.tag = new Uint32Array(end - start);
    addReadings(sums, view, tagListOf([versionOf(version)]), 0, end - start, frame.subarray(start, end));
  }
  for (const [f, frame] of frames.entries())
    if (frame?.thinned != null) sums.set([frame.thinned.checksum.a, frame.thinned.checksum.b], 2 * f);
  return sums;
}

/** The columns of a merged span as pieces. */
export function piecesOf({ versions, columns }: Merged): [number, Piece][] {
  const { frame, readings, starts } = columns;
  return versions.map((version, i) => [version, { frame, readings, start: starts[i] ?? 0, end: starts[i + 1] ?? 0 }]);
}
