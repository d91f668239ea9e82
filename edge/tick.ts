import { AT_SOURCE, Block, NO_VALUE } from "../shared/domain/reading.ts";
import { maxReadings } from "../shared/wire/limits.ts";

/** Collects what comes in until the tick closes; bounded by what one frame can hold. */
export interface Tick {
  /** Copies a block behind what is already there. What does not fit is counted. */
  add(block: Block): void;
  /** What was collected since the last call; the caller gives the block back by `release` when it is done with it. */
  take(): { readings: Block; lost: number };
  release(block: Block): void;
  /** The wall clock was set by `step` ms: what was collected by its old time gets the new one. A source's own times stay. */
  moved(step: number): void;
}

/** `isText` says by tag number whether its values point into the block's texts. */
export function openTick(isText: readonly boolean[], most = maxReadings): Tick {
  const spare: Block[] = [];
  let open = new Block(1_024);
  let lost = 0;
  return {
    add(block) {
      const fits = Math.min(block.length, most - open.length);
      lost += block.length - fits;
      appendTo(open, block, fits, isText);
    },
    take() {
      const taken = { readings: open, lost };
      open = spare.pop() ?? new Block(open.capacity);
      lost = 0;
      return taken;
    },
    release(block) {
      block.clear();
      if (spare.length < 2) spare.push(block);
    },
    moved: (step) => moveTimes(open, step),
  };
}

/** Moves times that are the gateway's own, where `isOld` says that they are by the clock that was set. */
export function moveTimes(block: Block, step: number, isOld: (at: number) => boolean = () => true): void {
  for (let i = 0; i < block.length; i++) {
    const at = block.at[i] ?? 0;
    if (((block.status[i] ?? 0) & AT_SOURCE) === 0 && isOld(at)) block.at[i] = at + step;
  }
}

/** Column by column: a reading costs no call. */
function appendTo(into: Block, from: Block, count: number, isText: readonly boolean[]): void {
  into.reserve(count);
  const start = into.length;
  into.tag.set(from.tag.subarray(0, count), start);
  into.at.set(from.at.subarray(0, count), start);
  into.words.set(from.words.subarray(0, 2 * count), 2 * start);
  into.status.set(from.status.subarray(0, count), start);
  into.reason.set(from.reason.subarray(0, count), start);
  into.length += count;
  if (from.texts.length === 0) return;
  for (let i = start; i < into.length; i++) {
    if (!isText[into.tag[i] ?? 0] || ((into.status[i] ?? 0) & NO_VALUE) !== 0) continue;
    const text = from.texts[into.value[i] ?? 0] ?? "";
    into.value[i] = into.texts.push(text) - 1;
  }
}
