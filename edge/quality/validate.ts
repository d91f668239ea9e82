import {
  AT_SOURCE,
  BAD,
  type Block,
  NO_VALUE,
  QUALITY_MASK,
  type Reason,
  reasonCode,
  UNCERTAIN,
} from "../../shared/domain/reading.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { type Checks, checksOf, rawOf } from "./checks.ts";
import { openFlat } from "./flat.ts";
import { openSteps } from "./steps.ts";

export interface Validation {
  /**
   * Marks the readings of a block in place: what it says follows from them, the rig's state and those before, never from a clock, so live and replay agree.
   * Makes nothing better and keeps the first reason. `receivedAt` is when the block came, ms UTC, by a clock against which
   * a source's can be held if it is known. Of the rig's own clock the frame tells.
   */
  validate(block: Block, state: RigState, receivedAt: number, isClockKnown?: boolean): void;
}

const epochStart = Date.UTC(2000, 0, 1);
/** A source's clock may be ahead by so much. */
const aheadMs = 10_000;

const code = (reason: Reason) => reasonCode(reason);
const notANumber = code("not a number");
const infinite = code("infinite");
const sentinel = code("null sentinel");
const outside = code("outside its range");
const drift = code("zero drift");
const clock = code("clock not plausible");
const step = code("step too large");
const flat = code("flat line");
const textTooLong = code("text too long");

/** Of a text in UTF-8: more is no reading, and a frame must hold those of all tags. */
const mostTextBytes = 4_096;

/** Range, length of texts, zero drift, step, flat line, clock and sentinels of each reading, by its tag's limits. `sentinels` has one list a tag. */
export function openValidation(
  tags: readonly TagVersion[],
  sentinels: readonly (readonly number[])[] = [],
): Validation {
  const checks = checksOf(tags, sentinels);
  const steps = openSteps(checks);
  const still = openFlat(checks);

  return {
    validate(block, state, receivedAt, isClockKnown = true) {
      const latest = isClockKnown ? receivedAt + aheadMs : Number.POSITIVE_INFINITY;
      steps.enter(state, receivedAt);
      for (let i = 0; i < block.length; i++) {
        const status = block.status[i] ?? 0;
        const tag = block.tag[i] ?? 0;
        if (checks.as[tag] === "text") boundText(block, i);
        if ((status & QUALITY_MASK) === BAD || checks.as[tag] === "text") continue;
        const raw = rawOf(checks, block, i, tag);
        const value = raw * (checks.scale[tag] ?? 1) + (checks.offset[tag] ?? 0);
        const fault = hopeless(checks, tag, raw, value);
        if (fault !== 0) {
          block.status[i] = (status & ~QUALITY_MASK) | BAD;
          block.reason[i] = fault;
          continue;
        }
        const at = block.at[i] ?? 0;
        const isPlausible = (status & AT_SOURCE) === 0 || (at >= epochStart && at <= latest);
        const doubt = doubtful(tag, raw, value, at, isPlausible);
        if (doubt !== 0 && (status & QUALITY_MASK) === 0) {
          block.status[i] = status | UNCERTAIN;
          block.reason[i] = doubt;
        }
      }
    },
  };

  /** Every check looks at every reading, since each keeps its own memory; the first that doubts gives the reason. */
  function doubtful(tag: number, raw: number, value: number, at: number, isPlausible: boolean): number {
    const stepped = steps.tooLarge(tag, value, at);
    const flattened = still.flat(tag, raw, value, at);
    if (value < (checks.least[tag] ?? 0)) return drift;
    if (!isPlausible) return clock;
    if (stepped) return step;
    return flattened ? flat : 0;
  }
}

/** Why there is no believing the value at all; 0 where there is. */
function hopeless(checks: Checks, tag: number, raw: number, value: number): number {
  if (Number.isNaN(raw)) return notANumber;
  const marks = checks.sentinels[tag];
  if (marks !== undefined && marks.length > 0 && marks.includes(raw)) return sentinel;
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return infinite;
  if (value > (checks.most[tag] ?? 0)) return outside;
  if (value < (checks.least[tag] ?? 0) && !(value >= (checks.drift[tag] ?? 0))) return outside;
  return 0;
}

/** A text that is too long is taken out, whatever its quality: there is a reason in its place. */
function boundText(block: Block, i: number): void {
  const status = block.status[i] ?? 0;
  if ((status & NO_VALUE) !== 0) return;
  const position = block.value[i] ?? 0;
  if (Buffer.byteLength(block.texts[position] ?? "") <= mostTextBytes) return;
  block.texts[position] = "";
  block.status[i] = (status & ~QUALITY_MASK) | BAD | NO_VALUE;
  block.reason[i] = textTooLong;
}
