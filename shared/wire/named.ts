import type { Id } from "../domain/id.ts";
import { type Held, type HeldRange, isWhole, type Statement, type StreamKey, streamKey, watermarkOf } from "./held.ts";
import type { Lane, SeqRange, Stream } from "./names.ts";
import { merged, within } from "./outcome.ts";
import { minus, overlap } from "./ranges.ts";
import type { Processed } from "./receipt.ts";

interface NamedStream {
  epoch: Id;
  stream: Stream;
  known: number;
  watermark: number;
  ranges: (HeldRange & { apart: boolean })[];
}

/** What batches named under one answer, and what became of it: the content of a receipt. */
export class Named {
  readonly answer: Id;
  readonly processed: Processed = { events: 0, live: 0, backfill: 0 };
  private readonly streams = new Map<StreamKey, NamedStream>();
  private torn = false;

  constructor(answer: Id) {
    this.answer = answer;
  }

  /** The same, apart from this one. */
  copy(): Named {
    const copy = new Named(this.answer);
    Object.assign(copy.processed, this.processed);
    copy.torn = this.torn;
    // Entries are replaced, never changed.
    for (const [key, stream] of this.streams) copy.streams.set(key, stream);
    return copy;
  }

  /** A batch was processed, whatever came of it. */
  count(lane: Lane, send: number): void {
    if (send > this.processed[lane]) this.processed[lane] = send;
  }

  /** Where held must be cut so that what a batch names can be stated: the ends of what was named before inside it, and of what is thinned and may change in part. */
  cuts(epoch: Id, stream: Stream, batch: SeqRange): number[] {
    const named = this.streams.get(streamKey(epoch, stream))?.ranges ?? [];
    const isInside = (cut: number) => cut > batch.first && cut <= batch.last;
    return named
      .filter((each) => overlap(each, batch))
      .flatMap((each) => [each.first, each.last + 1].filter((cut) => each.state === "thinned" || isInside(cut)));
  }

  /**
   * Notes what became of a batch's frames. `held` is cut at the batch's ends and at `cuts`. A range in conflict stays
   * apart from its neighbours, so that they can be proved without it.
   */
  note(epoch: Id, stream: Stream, batch: SeqRange, held: Held, conflicts: readonly SeqRange[], known: number): void {
    const key = streamKey(epoch, stream);
    const before = this.streams.get(key)?.ranges ?? [];
    const whole = before.filter((each) => isWhole(each.state));
    const rest = before.flatMap((each) =>
      isWhole(each.state) || !overlap(each, batch)
        ? [each]
        : minus([each], [batch]).flatMap((left) => partsOf(each, left, held)),
    );
    const fresh = minus([batch], whole).flatMap((range) =>
      within(held, range).map((each) => ({ ...each, apart: conflicts.some((conflict) => overlap(conflict, each)) })),
    );
    const all = [...rest, ...fresh].sort((x, y) => x.first - y.first);
    // What expired since it was noted can't be cut to what is new, nor from what it expired with.
    if (all.some((each, i) => (all[i - 1]?.last ?? 0) >= each.first)) this.torn = true;
    const ranges = merged(all, (x, y) => isApart(x) || isApart(y)).map((each) => ({ ...each, apart: isApart(each) }));
    this.streams.set(key, { epoch, stream, known, watermark: watermarkOf(merged(held)), ranges });
  }

  statements(): Statement[] {
    return [...this.streams.values()].map(({ epoch, stream, known, watermark, ranges }) => ({
      epoch,
      stream,
      known,
      watermark,
      ranges: ranges.map(({ first, last, state, checksum }) => ({ first, last, state, checksum })),
    }));
  }

  /** It can no longer be stated: only an answer can. */
  get isTorn(): boolean {
    return this.torn;
  }

  /** How many ranges a receipt would have. */
  get size(): number {
    let size = 0;
    for (const { ranges } of this.streams.values()) size += ranges.length;
    return size;
  }
}

/** A part of a range that was named before, as it is held now: of thinned frames it has a sum of its own. */
function partsOf(named: NamedStream["ranges"][number], left: SeqRange, held: Held): NamedStream["ranges"] {
  if (named.state !== "thinned") return [{ ...named, ...left }];
  return within(held, left).map((part) => ({ ...part, apart: named.apart }));
}

function isApart(range: HeldRange): boolean {
  return "apart" in range && range.apart === true;
}
