import { Block } from "../../shared/domain/reading.ts";
import { rawThinBound, THIN_BOUND } from "../../shared/domain/thinning.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrame, encodeFrame, type TelemetryFrame } from "../../shared/wire/frame.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { type Ranges, withRange } from "../../shared/wire/ranges.ts";
import { keptOf } from "../../shared/wire/thin.ts";
import type { ThinnedRange } from "./frames.ts";
import { intervalsOf } from "./intervals.ts";
import { bodyBytes, epochNumbers, MOST_SEQ, ofTelemetry, partsOf } from "./schema.ts";
import { openSpans } from "./spans.ts";
import { openDictionaries } from "./tag-lists.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Frames and readings that are thinned together at most: each tag keeps the first and the last of them, and a commit waits for it. */
const MOST_FRAMES = 600;
const MOST_READINGS = 250_000;
/** Fewer keep nearly all that they have. */
const LEAST_FRAMES = 8;
/** So many of the newest frames of a stream stay whole: what comes behind them makes the stretch longer. */
const NEWEST = 300;
/** Stretches that a step looks at in vain at most: a commit waits for it, and where nothing pays the oldest frames go. */
const MOST_TRIED = 4;
/** What does not get smaller by a tenth is left whole. */
const WORTH = 0.9;

interface Row {
  key: number;
  at: number;
  count: number;
  a: number;
  b: number;
  seal: number | null;
  body: Uint8Array;
}

/** Makes room by leaving out readings of owed frames within their bounds. Calls belong inside a transaction. */
export interface Thinning {
  /** Thins the oldest stretch of owed frames that is whole, not packed and worth it; null where there is none among the next few. Names, times and checksums stay. */
  step(): ThinnedRange | null;
}

export function openThinning(db: Sqlite): Thinning {
  const numbers = epochNumbers(db);
  const dictionaryOf = openDictionaries(db);
  const spans = openSpans(db);
  const [freed, thinned] = [intervalsOf(db, "freed"), intervalsOf(db, "thinned")];
  const next = db
    .prepare<[number], number>(`select key from frame where key >= ? and ${ofTelemetry} order by key limit 1`)
    .pluck();
  const rows = db.prepare<[number, number, number], Row>(
    `select key, at, count, a, b, seal, ${bodyBytes} from frame where key between ? and ? order by key limit ?`,
  );
  const remove = db.prepare("delete from frame where key between ? and ?");
  const insert = db.prepare(
    "insert into frame (key, at, count, a, b, seal, body) values (@key, @at, @count, @a, @b, @seal, @body)",
  );
  /** What was found to be not worth it, for as long as this run lasts. */
  let left: Ranges = [];

  /** Keys from this one on, within its stream, that may be thinned; where none may, `after` is behind what stands there. */
  function free(key: number): SeqRange | { after: number } {
    const end = partsOf(key).base + MOST_SEQ;
    const taken = [...freed.within(key, end), ...thinned.within(key, end), ...left, ...spans.touching(key, end)];
    const here = taken.find(({ first, last }) => first <= key && last >= key);
    if (here !== undefined) return { after: here.last + 1 };
    const behind = taken.filter(({ first }) => first > key).map(({ first }) => first - 1);
    return { first: key, last: Math.min(end, ...behind) };
  }

  /** Consecutive frames of one dictionary from the first key on, as far as they read and share a pass. */
  function stretch({ first, last }: SeqRange): { row: Row; frame: TelemetryFrame }[] {
    const found: { row: Row; frame: TelemetryFrame }[] = [];
    let readings = 0;
    for (const row of rows.iterate(first, last, MOST_FRAMES)) {
      readings += row.count;
      if (row.key !== first + found.length || (found.length > 0 && readings > MOST_READINGS)) break;
      const frame = unlessBroken(() => decodeFrame(row.body));
      if (frame === null || frame.dictionary !== (found[0]?.frame.dictionary ?? frame.dictionary)) break;
      found.push({ row, frame });
    }
    return found;
  }

  /** True where these frames are smaller now. */
  function thin(found: readonly { row: Row; frame: TelemetryFrame }[], dictionary: string, keys: SeqRange): boolean {
    const { versions, list } = dictionaryOf(dictionary);
    const bounds = versions.map((version) => rawThinBound(version, THIN_BOUND));
    const blocks = found.map(({ frame }) => frame.readings);
    const kept = keptOf(blocks, list.representations, bounds);
    const bodies = found.map(({ frame }, f) => {
      const { checksum } = frame;
      const readings = leftOf(frame.readings, kept[f] ?? new Uint8Array(0), list.representations);
      return encodeFrame(readings, list, { ...frame, original: { checksum, bound: THIN_BOUND } });
    });
    const bytes = (all: readonly Uint8Array[]) => all.reduce((sum, { length }) => sum + length, 0);
    if (bytes(bodies) > WORTH * bytes(found.map(({ row }) => row.body))) return false;
    // Written anew one behind the other, so that pages are full again.
    remove.run(keys.first, keys.last);
    for (const [f, { row }] of found.entries()) insert.run({ ...row, body: bodies[f] });
    thinned.add(keys.first, keys.last);
    return true;
  }

  return {
    step() {
      let tried = 0;
      for (let key = next.get(0); key !== undefined; ) {
        const range = free(key);
        if ("after" in range) {
          key = next.get(range.after);
          continue;
        }
        const found = stretch(range);
        const keys = { first: key, last: key + Math.max(found.length, 1) - 1 };
        const [head] = found;
        const { epochNo, stream, base } = partsOf(key);
        const isNewest = (next.get(key + NEWEST) ?? Number.POSITIVE_INFINITY) > base + MOST_SEQ;
        if (head !== undefined && found.length >= LEAST_FRAMES && !isNewest) {
          if (stream === "telemetry" && thin(found, head.frame.dictionary, keys))
            return { epoch: numbers.epochOf(epochNo), range: { first: keys.first - base, last: keys.last - base } };
          left = withRange(left, keys);
          if (++tried === MOST_TRIED) return null;
        }
        key = next.get(keys.last + 1);
      }
      return null;
    },
  };
}

function leftOf(block: Block, kept: Uint8Array, representations: readonly string[]): Block {
  const left = new Block(Math.max(1, kept.length));
  for (let i = 0; i < block.length; i++)
    if (kept[i] === 1) left.pushFrom(block, i, representations[block.tag[i] ?? 0] === "text");
  return left;
}
