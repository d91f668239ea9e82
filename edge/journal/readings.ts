import type { Id } from "../../shared/domain/id.ts";
import { AT_SOURCE, Block, DATED, rawNumber } from "../../shared/domain/reading.ts";
import { engineering } from "../../shared/domain/tag.ts";
import { decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrame } from "../../shared/wire/frame.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import { clockStates } from "../../shared/wire/names.ts";
import { decodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan, type Span } from "../../shared/wire/span.ts";
import { openAnchors } from "./anchors.ts";
import { DamageError } from "./damage.ts";
import { openParts } from "./parts.ts";
import { bodyBytes, ofTelemetry, partsOf } from "./schema.ts";
import { openSpans } from "./spans.ts";
import { type Dictionary, openDictionaries } from "./tag-lists.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Committed readings of one tag in the order of their time, in engineering units; NaN where there was no number. */
export interface TagReadings {
  tag: Id;
  at: Float64Array;
  value: Float64Array;
  status: Uint8Array;
  reason: Uint32Array;
}

/** A frame may hold readings of source times before it closed: so far back is looked, ms. */
const LATE_MS = 60_000;

/**
 * Readings out of packed history and of frames that are still rows; what the disk did not keep as it was written is absent. Those of frames whose clock was
 * not known have the time that was worked out afterwards, and are DATED; while there is none they are absent. One entry a tag, in this order.
 */
export function openReadings(db: Sqlite): (tags: readonly Id[], from: number, to: number) => TagReadings[] {
  const dictionaryOf = openDictionaries(db);
  const spans = openSpans(db);
  const parts = openParts(db);
  const anchors = openAnchors(db);
  const rows = db.prepare<[number, number], { key: number; body: Uint8Array }>(
    `select key, ${bodyBytes} from frame where at between ? and ? and ${ofTelemetry} order by at, key`,
  );
  const dictionaryAt = db
    .prepare<[number, number], Id>(
      "select hash from dictionary_from where key between ? and ? order by key desc limit 1",
    )
    .pluck();

  function addSpans(columns: readonly Column[], from: number, to: number): void {
    for (const row of spans.between(from, to + LATE_MS)) {
      const { first, dictionary: hash } = row;
      const span = unlessBroken(() => decodeSpan(spans.body(row)));
      if (span === null) continue;
      const dictionary = dictionaryOf(hash);
      for (const column of columns) {
        const tag = dictionary.position.get(column.tag);
        if (tag === undefined) continue;
        const part = unlessBroken(() => {
          const found = parts.find(first, tag);
          return found === null ? null : decodeSegment(found, span, decompress);
        });
        if (part === null) continue;
        const shifts = shiftsIn(span, first);
        for (let i = 0; i < part.readings.length; i++)
          column.add(part.readings, i, tag, dictionary, shifts === null ? 0 : (shifts[part.frame[i] ?? 0] ?? 0));
      }
    }
  }

  /** One a frame of the span that begins with this key; null where all clocks were known. */
  function shiftsIn({ table: { times } }: Span, first: number): Float64Array | null {
    if (!times.clock.some((clock) => clockStates[clock] === "unknown")) return null;
    return Float64Array.from(times.clock, (_, f) => anchors.shiftOf(first + f, frameTimeAt(times, f)));
  }

  function addRows(columns: readonly Column[], from: number, to: number): void {
    const block = new Block();
    for (const { key, body } of rows.iterate(from, to + LATE_MS)) {
      const hash = dictionaryAt.get(partsOf(key).base, key);
      if (hash === undefined) throw new DamageError(`frame ${key} has no dictionary`);
      const dictionary = dictionaryOf(hash);
      const columnOf = new Map(columns.map((column) => [dictionary.position.get(column.tag) ?? -1, column]));
      const frame = unlessBroken(() => decodeFrame(body, block));
      if (frame === null) continue;
      const shift = anchors.shiftOf(key, frame);
      for (let i = 0; i < block.length; i++) {
        const tag = block.tag[i] ?? 0;
        columnOf.get(tag)?.add(block, i, tag, dictionary, shift);
      }
    }
  }

  return (tags, from, to) => {
    anchors.forget();
    const columns = tags.map((tag) => openColumn(tag, from, to));
    addSpans(columns, from, to);
    addRows(columns, from, to);
    return columns.map((column) => column.finish());
  };
}

type Column = ReturnType<typeof openColumn>;

function openColumn(tag: Id, from: number, to: number) {
  const found: { at: number; value: number; status: number; reason: number }[] = [];
  let sorted = true;
  return {
    tag,
    add(block: Block, i: number, position: number, { kinds, list }: Dictionary, frameShift: number): void {
      const [kind, as, own] = [kinds[position], list.representations[position], block.status[i] ?? 0];
      // A source has a clock of its own.
      const shift = (own & AT_SOURCE) === 0 ? frameShift : 0;
      const at = (block.at[i] ?? 0) + shift;
      if (kind === undefined || as === undefined || !(at >= from && at <= to)) return;
      if (at < (found.at(-1)?.at ?? at)) sorted = false;
      const value = engineering(kind, rawNumber(block, i, as));
      found.push({ at, value, status: shift === 0 ? own : own | DATED, reason: block.reason[i] ?? 0 });
    },
    finish(): TagReadings {
      if (!sorted) found.sort((one, other) => one.at - other.at);
      return {
        tag,
        at: Float64Array.from(found, ({ at }) => at),
        value: Float64Array.from(found, ({ value }) => value),
        status: Uint8Array.from(found, ({ status }) => status),
        reason: Uint32Array.from(found, ({ reason }) => reason),
      };
    },
  };
}
