import { z } from "zod";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { Calendar } from "./calendar.ts";

export const spans = ["hour", "day", "month"] as const;
export type Span = (typeof spans)[number];

const count = z.number().nonnegative();
/** Bytes over the connection both ways, those of them that backfill's batches were, those that requests took past what is held back, and how long was counted, ms. */
const Sum = z.object({ ms: count, bytes: count, backfill: count, asked: count.default(0) });
type Sum = z.infer<typeof Sum>;
/** What was spent from a moment of the monotonic clock on. A `dated` one is in its day already, and counts for the hour alone. */
const Cell = Sum.extend({ from: z.number(), dated: z.boolean() });
type Cell = z.infer<typeof Cell>;

/** What a later run has to know. */
export const SpendingRecord = z.object({
  format: z.literal(1),
  boot: z.string(),
  /** When it was taken: monotonic of that boot, and by the rig's calendar (ms UTC). */
  mono: z.number(),
  at: z.number(),
  /** When counting began, ms UTC. */
  since: z.number(),
  cells: z.array(Cell),
  /** By the day's name. */
  days: z.record(z.string(), Sum),
});
export type SpendingRecord = z.infer<typeof SpendingRecord>;

/** What was spent of a span. */
export interface Spent {
  bytes: number;
  /** Of these, in batches of backfill. */
  backfill: number;
  /** Of these, for what the office asked for although it was held back. */
  asked: number;
  /** Counted only from here on, ms UTC; null where all of the span was counted. */
  since: number | null;
  /** When the span ends, ms UTC; null for the hour, which rolls. */
  ends: number | null;
  /** What it will be by then at the measured rate; null before enough is measured for it. */
  forecast: number | null;
}

/**
 * Bytes by rolling hour (in steps of a minute, never less than the hour), day and month of the rig's time zone. What was spent keeps its place on
 * the monotonic clock and is dated by the wall clock of now, so a clock that steps forgets nothing and spends nothing twice; while the clock is in
 * doubt the calendar goes on from when it last was not.
 */
export interface Spending {
  /** Takes in what went since the last call. */
  add(bytes: number, backfill: number, asked?: number): void;
  spent(): Record<Span, Spent>;
  /** Where the calendar stands, ms UTC: the wall clock while it is believed. */
  at(): number;
  record(): SpendingRecord;
}

export interface SpendingParts {
  calendar: Calendar;
  now(): FrameTime;
  /** Of the running system. */
  boot: string;
  /** Of the run before; null where there was none, or nobody can tell. */
  before: SpendingRecord | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** So long a cell can be dated anew; older ones are settled in their day. */
const DATED_MS = 25 * HOUR_MS;
const KEPT_DAYS = 62;
/** A forecast reaches at most so many times as far as was counted, and needs this much, ms. */
const REACH = 100;
const LEAST_MS = 10 * MINUTE_MS;

export function openSpending({ calendar, now, boot, before }: SpendingParts): Spending {
  const start = now();
  let offset = offsetAt(start) ?? (before === null ? start.receivedAt - start.mono : heldOffset(before, boot, start));
  const days = new Map(Object.entries(structuredClone(before?.days ?? {})));
  let cells = before === null ? [] : restored(before);
  const since = before?.since ?? start.mono + offset;
  let counted = start.mono;

  /** Where the calendar stands: the wall clock while it is believed. */
  function look(): number {
    const time = now();
    offset = offsetAt(time) ?? offset;
    return time.mono;
  }

  function restored(record: SpendingRecord): Cell[] {
    const cells = structuredClone(record.cells);
    if (record.boot === boot) return cells;
    // The other boot's monotonic time means nothing here: its days are settled, and for the hour it lies as far back as the calendar says.
    const was = record.at - record.mono;
    for (const cell of cells) settle(cell, was);
    const down = Math.max(0, start.mono + offset - record.at);
    return cells.map((cell) => ({ ...cell, dated: true, from: cell.from - record.mono + start.mono - down }));
  }

  function settle(cell: Cell, offset: number): void {
    if (cell.dated) return;
    const day = calendar.day(cell.from + offset);
    days.set(day, plus(days.get(day), cell));
  }

  function tidy(mono: number): void {
    const kept: Cell[] = [];
    for (const cell of cells) {
      const last = kept.at(-1);
      if (isOfHour(cell, mono)) kept.push(cell);
      else if (cell.dated) continue;
      else if (mono - cell.from > DATED_MS) settle(cell, offset);
      else if (last !== undefined && !last.dated && cell.from - last.from < HOUR_MS && isSameDay(last, cell))
        Object.assign(last, plus(last, cell));
      else kept.push(cell);
    }
    cells = kept;
    if (days.size > KEPT_DAYS) for (const day of [...days.keys()].sort().slice(0, -KEPT_DAYS)) days.delete(day);
  }

  const isSameDay = (one: Cell, other: Cell) => calendar.day(one.from + offset) === calendar.day(other.from + offset);

  return {
    add(bytes, backfill, asked = 0) {
      const mono = look();
      const last = cells.at(-1);
      const ms = Math.max(0, mono - counted);
      counted = mono;
      const fits = last !== undefined && !last.dated && mono - last.from < MINUTE_MS;
      if (fits && calendar.day(last.from + offset) === calendar.day(mono + offset))
        Object.assign(last, plus(last, { ms, bytes, backfill, asked }));
      else {
        cells.push({ from: mono, dated: false, ms, bytes, backfill, asked });
        tidy(mono);
      }
    },
    at: () => look() + offset,
    spent() {
      const mono = look();
      const at = mono + offset;
      const hour = sumOf(cells.filter((cell) => isOfHour(cell, mono)));
      const undated = cells.filter((cell) => !cell.dated);
      const ofCalendar = (of: "day" | "month"): Spent => {
        const { from, to } = calendar.span(at, of);
        const name = calendar.day(at).slice(0, of === "day" ? 10 : 7);
        const settled = [...days].filter(([day]) => day.startsWith(name)).map(([, sum]) => sum);
        const sum = sumOf([...settled, ...undated.filter((cell) => isWithin(cell.from + offset, from, to))]);
        const lately = [...days]
          .filter(([day]) => of === "month" || day >= calendar.day(from - 1))
          .map(([, each]) => each);
        const forecast = forecastOf(sum.bytes, sumOf([...lately, ...undated]), to - at);
        return { ...figures(sum), since: since > from ? since : null, ends: to, forecast };
      };
      return {
        hour: { ...figures(hour), since: since > at - HOUR_MS ? since : null, ends: null, forecast: null },
        day: ofCalendar("day"),
        month: ofCalendar("month"),
      };
    },
    record() {
      const mono = look();
      return {
        format: 1,
        boot,
        mono,
        at: mono + offset,
        since,
        cells: structuredClone(cells),
        days: Object.fromEntries(days),
      };
    },
  };
}

function offsetAt({ receivedAt, mono, clock }: FrameTime): number | null {
  return clock === "unknown" ? null : receivedAt - mono;
}

/** Of a run that begins while nobody knows the time: as if no time had passed since the record, unless this boot's clock tells. */
function heldOffset({ at, mono, boot }: SpendingRecord, running: string, start: FrameTime): number {
  return at - (boot === running ? mono : start.mono);
}

function isOfHour(cell: Cell, mono: number): boolean {
  return cell.from + MINUTE_MS > mono - HOUR_MS;
}

const isWithin = (at: number, from: number, to: number) => at >= from && at < to;

function plus(one: Sum | undefined, other: Sum): Sum {
  const { ms, bytes, backfill, asked } = one ?? nothing;
  return {
    ...{ ms: ms + other.ms, bytes: bytes + other.bytes },
    ...{ backfill: backfill + other.backfill, asked: asked + other.asked },
  };
}

const nothing: Sum = { ms: 0, bytes: 0, backfill: 0, asked: 0 };

function sumOf(sums: readonly Sum[]): Sum {
  return sums.reduce<Sum>((sum, each) => plus(sum, each), nothing);
}

function figures({ bytes, backfill, asked }: Sum): Pick<Spent, "bytes" | "backfill" | "asked"> {
  return { bytes, backfill, asked };
}

function forecastOf(bytes: number, lately: Sum, left: number): number | null {
  if (lately.ms < Math.max(LEAST_MS, left / REACH)) return null;
  return Math.round(bytes + (lately.bytes / lately.ms) * left);
}
