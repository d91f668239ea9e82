import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { GapEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame } from "../../shared/wire/frame.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { openAnchors } from "./anchors.ts";
import { type DatedSpan, openDatedSpans } from "./dated-spans.ts";
import { type Intervals, intervalsOf } from "./intervals.ts";
import { openReadings, type TagReadings } from "./readings.ts";
import { baseOf, bodyBytes, epochNumbers, MOST_SEQ, ofTelemetry, partsOf, SEQS, streamOf } from "./schema.ts";
import { openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** A span in which frames stand on the disk one after the other, whether the cloud has said that it holds them, and whether readings of them were left out to make room. */
export interface KeptSpan {
  from: number;
  to: number;
  held: boolean;
  thinned: boolean;
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
  /** Where telemetry on the disk was given its time afterwards; frames further apart than `apartMs` are two spans. */
  dated(from: number, to: number, apartMs: number): DatedSpan[];
  /** When the runs of the daemon began that began in this span and stored anything. */
  starts(from: number, to: number): number[];
  /** When the oldest telemetry frame on the disk closed; null where there is none. */
  oldestAt(): number | null;
  /** When a frame closed; null if the disk has it no more. */
  closedAt(epoch: Id, stream: Stream, seq: number): number | null;
  /** When the newest frame closed that closed before this moment; null where the disk has none. */
  newestBefore(at: number): number | null;
}

export function openLookBack(db: Sqlite): LookBack {
  const numbers = epochNumbers(db);
  const [freed, thinned] = [intervalsOf(db, "freed"), intervalsOf(db, "thinned")];
  const anchors = openAnchors(db);
  const within = db.prepare<[number, number, number], { key: number; at: number; body: Uint8Array }>(
    `select key, at, ${bodyBytes} from frame where at between ? and ? and ${streamOf("key")} = ? order by at, key`,
  );
  const times = db.prepare<[number, number], { key: number; at: number }>(
    `select key, at from frame where at between ? and ? and ${ofTelemetry} order by at, key`,
  );
  const spans = openSpans(db);
  const oldestPacked = db.prepare<[], number | null>("select min(from_at) from span").pluck();
  const oldest = db.prepare<[], number>(`select at from frame where ${ofTelemetry} order by at limit 1`).pluck();
  const starts = db
    .prepare<[number, number], number>(
      // When its first frame closed, where the disk still has it: its clock may have come right since.
      `select coalesce((select f.at from frame f where f.key = (2 * no + 1) * ${SEQS} + 1), record ->> '$.startedAt') as at
       from epoch where at between ? and ? order by at`,
    )
    .pluck();
  const at = db.prepare<[number], number>("select at from frame where key = ?").pluck();
  const newest = db.prepare<[number], number | null>("select max(at) from frame where at < ?").pluck();
  const newestPacked = db.prepare<[number], number | null>("select max(to_at) from span where to_at < ?").pluck();

  /** Packed frames: held, unless the cloud lacks them again. Where it lacks a part of a span, so much of its time is not held as its frames are many. */
  function packedBetween(from: number, to: number): KeptSpan[] {
    return spans.between(from, to).flatMap((span): KeptSpan[] => {
      const held = freed.within(span.first, span.last);
      const owed = minus([span], held);
      const all = [...held.map((keys) => ({ ...keys, held: true })), ...owed.map((keys) => ({ ...keys, held: false }))];
      const at = (key: number) =>
        span.fromAt + ((span.toAt - span.fromAt) * (key - span.first)) / Math.max(1, span.last - span.first);
      return all
        .sort((one, other) => one.first - other.first)
        .map((keys) => ({ from: at(keys.first), to: at(keys.last), held: keys.held, thinned: false }));
    });
  }

  function packedAt(key: number): number | null {
    const span = spans.at(key);
    if (span === undefined) return null;
    const times = unlessBroken(() => decodeSpan(spans.body(span)).table.times);
    const frame = key - span.first;
    if (times === null || frame >= times.receivedAt.length) return null;
    anchors.forget();
    return anchors.placedAt(key, frameTimeAt(times, frame));
  }

  /** Each row as a span of its own, with whether it is freed, and thinned. */
  function* rowsBetween(from: number, to: number): Generator<KeptSpan> {
    const [isHeld, isThinned] = [openMembership(freed), openMembership(thinned)];
    for (const { key, at } of times.iterate(from, to))
      yield { from: at, to: at, held: isHeld(key), thinned: isThinned(key) };
  }

  function eventsOf(from: number, to: number) {
    return within.all(from, to, 1).flatMap(({ body }) => {
      const frame = unlessBroken(() => decodeEventsFrame(body));
      return frame === null ? [] : decodeEvents(frame.json);
    });
  }

  return {
    readings: openReadings(db),
    dated: openDatedSpans(db),
    alarms: (from, to) => eventsOf(from, to).flatMap((event) => (event.type === "alarm" ? [event.state] : [])),
    gaps: (from, to) => eventsOf(from, to).flatMap((event) => (event.type === "gap" ? [event] : [])),
    spans(from, to, apartMs) {
      const kept: KeptSpan[] = [];
      for (const next of merged(packedBetween(from, to), rowsBetween(from, to))) {
        const last = kept.at(-1);
        if (
          last !== undefined &&
          last.held === next.held &&
          last.thinned === next.thinned &&
          next.from - last.to <= apartMs
        ) {
          last.to = Math.max(last.to, next.to);
        } else kept.push({ ...next, from: Math.max(next.from, from), to: Math.min(next.to, to) });
      }
      return kept;
    },
    starts: (from, to) => starts.all(from, to),
    oldestAt() {
      const times = known(oldest.get(), oldestPacked.get());
      return times.length === 0 ? null : Math.min(...times);
    },
    newestBefore(before) {
      const times = known(newest.get(before), newestPacked.get(before));
      return times.length === 0 ? null : Math.max(...times);
    },
    closedAt(epoch, stream, seq) {
      const key = baseOf(numbers.numberOf(epoch), stream) + seq;
      return at.get(key) ?? packedAt(key);
    },
  };
}

/** Whether intervals hold a key; quick for keys that rise. */
function openMembership(intervals: Intervals): (key: number) => boolean {
  let last: SeqRange | undefined;
  return (key) => {
    if (last === undefined || key < last.first || key > last.last) {
      const [next] = intervals.within(key, partsOf(key).base + MOST_SEQ);
      last = next?.first === key ? next : undefined;
    }
    return last !== undefined;
  };
}

function known(...times: (number | null | undefined)[]): number[] {
  return times.filter((time) => typeof time === "number");
}

/** Packed spans and rows, by time. */
function* merged(packed: readonly KeptSpan[], rows: Iterable<KeptSpan>): Generator<KeptSpan> {
  let next = 0;
  for (const row of rows) {
    for (let span = packed[next]; span !== undefined && span.from <= row.from; span = packed[++next]) {
      yield span;
    }
    yield row;
  }
  yield* packed.slice(next);
}
