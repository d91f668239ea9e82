import type { Id } from "../domain/id.ts";
import { type StreamKey, streamKey } from "./held.ts";
import type { SeqRange, Stream } from "./names.ts";
import { withoutRange, withRange } from "./ranges.ts";

/** A set of frames of any streams, as ranges. */
export class FrameSet {
  private readonly ranges = new Map<StreamKey, SeqRange[]>();

  add(epoch: Id, stream: Stream, range: SeqRange): void {
    const key = streamKey(epoch, stream);
    this.ranges.set(key, withRange(this.ranges.get(key) ?? [], range));
  }

  remove(epoch: Id, stream: Stream, range: SeqRange): void {
    const key = streamKey(epoch, stream);
    const before = this.ranges.get(key);
    if (before !== undefined) this.ranges.set(key, withoutRange(before, range));
  }

  of(epoch: Id, stream: Stream): readonly SeqRange[] {
    return this.ranges.get(streamKey(epoch, stream)) ?? [];
  }
}
