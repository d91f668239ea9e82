import { Block } from "../shared/domain/reading.ts";
import type { TagList } from "../shared/wire/checksum.ts";
import { encodeFrame } from "../shared/wire/frame.ts";
import { maxFrameBytes } from "../shared/wire/limits.ts";

/** A batch of one frame has a header and a signature too. */
const MOST_BYTES = 0.9 * maxFrameBytes;

/** A tick's readings as encoded frames: one, or as many as it takes to hold them. Nothing is left out. */
export function framesOf(
  readings: Block,
  tags: TagList,
  time: Parameters<typeof encodeFrame>[2],
): { count: number; body: Uint8Array }[] {
  const body = encoded(readings, tags, time);
  if (body !== null) return [{ count: readings.length, body }];
  const half = readings.length >>> 1;
  return [slice(readings, 0, half, tags), slice(readings, half, readings.length, tags)].flatMap((part) =>
    framesOf(part, tags, time),
  );
}

/** Null where it is too much for one frame. */
function encoded(readings: Block, tags: TagList, time: Parameters<typeof encodeFrame>[2]): Uint8Array | null {
  try {
    const body = encodeFrame(readings, tags, time);
    return body.length <= MOST_BYTES || readings.length < 2 ? body : null;
  } catch (error) {
    if (!(error instanceof RangeError) || readings.length < 2) throw error;
    return null;
  }
}

function slice(from: Block, first: number, end: number, { representations }: TagList): Block {
  const part = new Block(Math.max(1, end - first));
  for (let i = first; i < end; i++) part.pushFrom(from, i, representations[from.tag[i] ?? 0] === "text");
  return part;
}
