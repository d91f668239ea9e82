import type { Id } from "../../shared/domain/id.ts";
import { Block, rawNumber } from "../../shared/domain/reading.ts";
import { engineering } from "../../shared/domain/tag.ts";
import { decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrame } from "../../shared/wire/frame.ts";
import { decodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { DamageError } from "./damage.ts";
import { openParts } from "./parts.ts";
import { bodyBytes, partsOf } from "./schema.ts";
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

/** Readings out of packed history and of frames that are still rows; what the disk did not keep as it was written is absent. One entry a tag, in this order. */
export function openReadings(db: Sqlite): (tags: readonly Id[], from: number, to: number) => TagReadings[] {
  const dictionaryOf = openDictionaries(db);
  const spans = openSpans(db);
  const parts = openParts(db);
  const rows = db.prepare<[number, number], { key: number; body: Uint8Array }>(
    `select key, ${bodyBytes} from frame where at between ? and ? and (key / 4294967296) % 2 = 0 order by at, key`,
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
        for (let i = 0; i < part.readings.length; i++) column.add(part.readings, i, tag, dictionary);
      }
    }
  }

  function addRows(columns: readonly Column[], from: number, to: number): void {
    const block = new Block();
    for (const { key, body } of rows.iterate(from, to + LATE_MS)) {
      const hash = dictionaryAt.get(partsOf(key).base, key);
      if (hash === undefined) throw new DamageError(`frame ${key} has no dictionary`);
      const dictionary = dictionaryOf(hash);
      const columnOf = new Map(columns.map((column) => [dictionary.position.get(column.tag) ?? -1, column]));
      if (unlessBroken(() => decodeFrame(body, block)) === null) continue;
      for (let i = 0; i < block.length; i++) {
        const tag = block.tag[i] ?? 0;
        columnOf.get(tag)?.add(block, i, tag, dictionary);
      }
    }
  }

  return (tags, from, to) => {
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
    add(block: Block, i: number, position: number, { kinds, list }: Dictionary): void {
      const [at, kind, as] = [block.at[i] ?? 0, kinds[position], list.representations[position]];
      if (kind === undefined || as === undefined || at < from || at > to) return;
      if (at < (found.at(-1)?.at ?? at)) sorted = false;
      const value = engineering(kind, rawNumber(block, i, as));
      found.push({ at, value, status: block.status[i] ?? 0, reason: block.reason[i] ?? 0 });
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
