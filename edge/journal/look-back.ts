import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { GapEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { Block, rawNumber } from "../../shared/domain/reading.ts";
import { engineering } from "../../shared/domain/tag.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame, decodeFrame } from "../../shared/wire/frame.ts";
import type { Stream } from "../../shared/wire/names.ts";
import { intervalsOf } from "./intervals.ts";
import { baseOf, epochNumbers, partsOf } from "./schema.ts";
import { openDictionaries } from "./tag-lists.ts";

/** Committed readings of one tag in the order of their frames, in engineering units; NaN where there was no number. */
export interface TagReadings {
  tag: Id;
  at: Float64Array;
  value: Float64Array;
  status: Uint8Array;
  reason: Uint32Array;
}

/** A span in which frames stand on the disk one after the other, and whether the cloud has said that it holds them. */
export interface KeptSpan {
  from: number;
  to: number;
  held: boolean;
}

/** What the rig's own disk tells of the past. Times are ms UTC, ends included. */
export interface LookBack {
  /** One entry a tag, in this order; a tag that no frame of the span names has none. */
  readings(tags: readonly Id[], from: number, to: number): TagReadings[];
  /** Every committed change of an alarm, oldest first. */
  alarms(from: number, to: number): AlarmState[];
  gaps(from: number, to: number): GapEvent[];
  /** Telemetry on the disk; frames further apart than `apartMs` are two spans. */
  spans(from: number, to: number, apartMs: number): KeptSpan[];
  /** When the oldest telemetry frame on the disk closed; null where there is none. */
  oldestAt(): number | null;
  /** When a frame closed; null if the disk has it no more. */
  closedAt(epoch: Id, stream: Stream, seq: number): number | null;
}

/** A frame may hold readings of source times before it closed: so far back is looked. */
const LATE_MS = 60_000;

export function openLookBack(db: Sqlite): LookBack {
  const numbers = epochNumbers(db);
  const dictionaryOf = openDictionaries(db);
  const freed = intervalsOf(db, "freed");
  const within = db.prepare<[number, number, number], { key: number; at: number; body: Uint8Array }>(
    "select key, at, body from frame where at between ? and ? and (key / 4294967296) % 2 = ? order by at, key",
  );
  const times = db.prepare<[number, number], { key: number; at: number }>(
    "select key, at from frame where at between ? and ? and (key / 4294967296) % 2 = 0 order by at, key",
  );
  const oldest = db
    .prepare<[], number>("select at from frame where (key / 4294967296) % 2 = 0 order by at limit 1")
    .pluck();
  const at = db.prepare<[number], number>("select at from frame where key = ?").pluck();
  const dictionaryAt = db
    .prepare<[number, number], Id>(
      "select hash from dictionary_from where key between ? and ? order by key desc limit 1",
    )
    .pluck();

  function eventsOf(from: number, to: number) {
    return within.all(from, to, 1).flatMap(({ body }) => decodeEvents(decodeEventsFrame(body).json));
  }

  return {
    readings(tags, from, to) {
      const columns = tags.map(openColumn);
      const block = new Block();
      for (const { key, body } of within.iterate(from, to + LATE_MS, 0)) {
        const hash = dictionaryAt.get(partsOf(key).base, key);
        if (hash === undefined) throw new Error(`frame ${key} has no dictionary`);
        const { position, kinds, list } = dictionaryOf(hash);
        const columnOf = new Map(columns.map((column) => [position.get(column.tag) ?? -1, column]));
        decodeFrame(body, block);
        for (let i = 0; i < block.length; i++) {
          const tag = block.tag[i] ?? 0;
          const column = columnOf.get(tag);
          const [time, kind, as] = [block.at[i] ?? 0, kinds[tag], list.representations[tag]];
          if (column === undefined || kind === undefined || as === undefined || time < from || time > to) continue;
          column.push(time, engineering(kind, rawNumber(block, i, as)), block.status[i] ?? 0, block.reason[i] ?? 0);
        }
      }
      return columns.map((column) => column.finish());
    },
    alarms: (from, to) => eventsOf(from, to).flatMap((event) => (event.type === "alarm" ? [event.state] : [])),
    gaps: (from, to) => eventsOf(from, to).flatMap((event) => (event.type === "gap" ? [event] : [])),
    spans(from, to, apartMs) {
      const spans: KeptSpan[] = [];
      let [heldFrom, heldTo] = [0, -1];
      for (const frame of times.iterate(from, to)) {
        if (frame.key < heldFrom || frame.key > heldTo) {
          const [held] = freed.within(frame.key, frame.key + 100_000);
          [heldFrom, heldTo] = held?.first === frame.key ? [held.first, held.last] : [0, -1];
        }
        const held = frame.key <= heldTo;
        const last = spans.at(-1);
        if (last !== undefined && last.held === held && frame.at - last.to <= apartMs) last.to = frame.at;
        else spans.push({ from: frame.at, to: frame.at, held });
      }
      return spans;
    },
    oldestAt: () => oldest.get() ?? null,
    closedAt: (epoch, stream, seq) => at.get(baseOf(numbers.numberOf(epoch), stream) + seq) ?? null,
  };
}

function openColumn(tag: Id) {
  const [at, value, status, reason]: [number[], number[], number[], number[]] = [[], [], [], []];
  return {
    tag,
    push(time: number, number: number, quality: number, why: number): void {
      at.push(time);
      value.push(number);
      status.push(quality);
      reason.push(why);
    },
    finish: (): TagReadings => ({
      tag,
      at: Float64Array.from(at),
      value: Float64Array.from(value),
      status: Uint8Array.from(status),
      reason: Uint32Array.from(reason),
    }),
  };
}
