import type { HmiTag, HmiValues } from "../../shared/domain/hmi.ts";
import {
  BAD,
  type Block,
  NO_VALUE,
  QUALITY_MASK,
  qualityOf,
  rawNumber,
  reasonText,
} from "../../shared/domain/reading.ts";
import { engineering, representationOf, type TagVersion } from "../../shared/domain/tag.ts";

/** Minutes over which the screen shows least and greatest. */
const MINUTES = 10;

/** The newest reading of every tag, with least and greatest of the last 10 min. Columns by the tag's number in the dictionary. */
export interface Latest {
  readonly tags: readonly HmiTag[];
  /** Takes the readings of a block and tells the listener; keeps nothing of the block itself. */
  show(block: Block): void;
  /** Called once when something was shown; the server then takes it within 100 ms. */
  onShow(listener: () => void): void;
  /** Tags whose reading came after change `since`, or all that ever had one (0). */
  valuesSince(since: number): HmiValues;
  /** Number of the last change; rises by one a block. */
  change(): number;
  /** Tags that have a good value not older than three intervals, and all tags. */
  good(mono: number): { good: number; all: number };
}

/** Opens the table for these tag versions in dictionary order; `intervalMs` says how often each is due. `mono` is the clock of `seen`. */
export function openLatest(
  versions: readonly TagVersion[],
  intervalMs: (version: TagVersion) => number,
  mono: () => number = () => performance.now(),
): Latest {
  const tags = versions.map((version) => hmiTagOf(version, intervalMs(version)));
  const kinds = versions.map((version) => ({ kind: version.kind, as: representationOf(version.kind) }));
  const count = versions.length;
  const at = new Float64Array(count);
  const seen = new Float64Array(count);
  const value = new Float64Array(count);
  const text: string[] = new Array(count).fill("");
  const status = new Uint8Array(count);
  const reason = new Uint32Array(count);
  const changed = new Float64Array(count);
  const extremes = openExtremes(count);
  let change = 0;
  let listener = () => {};

  function take(block: Block, i: number, now: number) {
    const tag = block.tag[i] ?? 0;
    const kind = kinds[tag];
    if (kind === undefined) return;
    at[tag] = block.at[i] ?? 0;
    seen[tag] = now;
    status[tag] = block.status[i] ?? 0;
    reason[tag] = block.reason[i] ?? 0;
    changed[tag] = change;
    if (kind.as === "text" && ((status[tag] ?? 0) & NO_VALUE) === 0) text[tag] = block.texts[block.value[i] ?? 0] ?? "";
    const number = engineering(kind.kind, rawNumber(block, i, kind.as));
    value[tag] = number;
    if (((status[tag] ?? 0) & QUALITY_MASK) !== BAD) extremes.add(tag, number, now);
  }

  function shown(tag: number): number | string | null {
    if (((status[tag] ?? 0) & NO_VALUE) !== 0) return null;
    if (kinds[tag]?.as === "text") return text[tag] ?? "";
    const number = value[tag] ?? Number.NaN;
    return Number.isFinite(number) ? number : String(number);
  }

  return {
    tags,
    show(block) {
      change += 1;
      const now = mono();
      for (let i = 0; i < block.length; i += 1) take(block, i, now);
      listener();
    },
    onShow(next) {
      listener = next;
    },
    change: () => change,
    valuesSince(since) {
      const now = mono();
      const out: HmiValues = { tag: [], at: [], seen: [], value: [], quality: [], reason: [], low: [], high: [] };
      for (let tag = 0; tag < count; tag += 1) {
        if ((changed[tag] ?? 0) <= since) continue;
        const quality = qualityOf(status[tag] ?? 0);
        out.tag.push(tag);
        out.at.push(at[tag] ?? 0);
        out.seen.push(Math.round(seen[tag] ?? 0));
        out.value.push(shown(tag));
        out.quality.push(quality);
        out.reason.push(quality === "good" ? null : reasonText(reason[tag] ?? 0));
        const [low, high] = extremes.of(tag, now);
        out.low.push(low);
        out.high.push(high);
      }
      return out;
    },
    good(now) {
      let good = 0;
      for (let tag = 0; tag < count; tag += 1) {
        const fresh = now - (seen[tag] ?? 0) <= Math.max(2_000, 3 * (tags[tag]?.intervalMs ?? 1_000));
        if ((changed[tag] ?? 0) > 0 && fresh && ((status[tag] ?? 0) & QUALITY_MASK) === 0) good += 1;
      }
      return { good, all: count };
    },
  };
}

function hmiTagOf(version: TagVersion, intervalMs: number): HmiTag {
  const { id, name, label, unit, limits, kind, source } = version;
  const resolution = kind.type === "scaled" ? Math.abs(kind.scale) : 0;
  return { id, name, label, unit, limits, intervalMs, resolution, source };
}

/** Least and greatest a tag over the last ten minutes, by minute, so that taking one reading costs two comparisons. */
function openExtremes(count: number) {
  const low = new Float64Array(count * MINUTES).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(count * MINUTES).fill(Number.NEGATIVE_INFINITY);
  const minutes = new Float64Array(count * MINUTES).fill(-1);
  return {
    add(tag: number, value: number, now: number) {
      if (!Number.isFinite(value)) return;
      const minute = Math.floor(now / 60_000);
      const cell = tag * MINUTES + (minute % MINUTES);
      if (minutes[cell] !== minute) {
        minutes[cell] = minute;
        low[cell] = value;
        high[cell] = value;
      } else {
        if (value < (low[cell] ?? value)) low[cell] = value;
        if (value > (high[cell] ?? value)) high[cell] = value;
      }
    },
    of(tag: number, now: number): [number | null, number | null] {
      const oldest = Math.floor(now / 60_000) - MINUTES;
      let least = Number.POSITIVE_INFINITY;
      let greatest = Number.NEGATIVE_INFINITY;
      for (let cell = tag * MINUTES; cell < (tag + 1) * MINUTES; cell += 1) {
        if ((minutes[cell] ?? -1) <= oldest) continue;
        least = Math.min(least, low[cell] ?? least);
        greatest = Math.max(greatest, high[cell] ?? greatest);
      }
      return Number.isFinite(least) ? [least, greatest] : [null, null];
    },
  };
}
