import type { Id } from "../domain/id.ts";
import { ByStream } from "./by-stream.ts";
import type { SeqRange, Stream } from "./names.ts";
import { withoutRange, withRange } from "./ranges.ts";

/** A set of frames of any streams, as ranges. */
export class FrameSet {
  private readonly ranges = new ByStream<SeqRange[]>();

  add(epoch: Id, stream: Stream, range: SeqRange): void {
    this.ranges.set(epoch, stream, withRange(this.ranges.get(epoch, stream) ?? [], range));
  }

  remove(epoch: Id, stream: Stream, range: SeqRange): void {
    const before = this.ranges.get(epoch, stream);
    if (before !== undefined) this.ranges.set(epoch, stream, withoutRange(before, range));
  }

  of(epoch: Id, stream: Stream): readonly SeqRange[] {
    return this.ranges.get(epoch, stream) ?? [];
  }
}
