import type { Quality } from "../domain/reading.ts";
import { ageText, NOTHING, numberText } from "./format.ts";
import { type Display, displayOf, type System } from "./units.ts";

/** Why a value is not plainly good. U uncertain, B bad, S stale, N no tag. */
export type Letter = "U" | "B" | "S" | "N";

/** The newest reading of a tag as a screen holds it. `seen` and the `now` it is compared with are ms of one clock. */
export interface Reading {
  at: number;
  seen: number;
  value: number | string | null;
  quality: Quality;
  reason: string | null;
  low: number | null;
  high: number | null;
}

/** What of a tag decides how its value is shown. */
export interface TagLook {
  unit: string;
  intervalMs: number;
  resolution: number;
}

/** A value ready to be drawn: never without unit, age and quality. */
export interface Shown {
  letter: Letter | null;
  /** Digits, text, or a dash. */
  text: string;
  unit: string;
  decimals: number;
  factor: number;
  /** For pointers: the value in the shown unit; null where none may be pointed at. */
  value: number | null;
  low: number | null;
  high: number | null;
  /** Age in one part; empty where there is nothing to be old. */
  age: string;
  /** Reason in words; null where it is good and fresh. */
  reason: string | null;
  /** What was read although it is bad; for those who ask. */
  raw: string | null;
}

/** Older than three intervals and at least 2 s is stale. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(2_000, 3 * intervalMs);
}

/**
 * How a reading is shown at `now`, which is the screen's last full second: a value that came since shows the age that it will have at the end of the second,
 * so that ages stand still between seconds and are never too young. `lost`: the screen is cut off, everything is stale.
 */
export function shownOf(
  tag: TagLook | null,
  reading: Reading | null,
  now: number,
  system: System,
  lost = false,
): Shown {
  if (tag === null) return empty(displayOf("", system), "N", "no tag");
  const display = displayOf(tag.unit, system, tag.resolution);
  if (reading === null) return empty(display, null, "waiting");
  const age = now >= reading.seen ? now - reading.seen : Math.max(0, now + 1_000 - reading.seen);
  const stale = lost || age > staleAfterMs(tag.intervalMs);
  const words = { age: ageText(age), reason: reading.reason, raw: rawText(reading, display) };
  const scaled = (value: number | null) => (value === null ? null : value * display.factor);
  if (reading.quality === "bad")
    return { ...empty(display, stale && lost ? "S" : "B", reading.reason ?? "bad"), ...words };
  return {
    letter: stale ? "S" : reading.quality === "uncertain" ? "U" : null,
    text: textOf(reading.value, display),
    unit: display.unit,
    decimals: display.decimals,
    factor: display.factor,
    value: typeof reading.value === "number" ? reading.value * display.factor : null,
    low: scaled(reading.low),
    high: scaled(reading.high),
    ...words,
    reason: stale && !lost ? "no new value" : reading.reason,
  };
}

function empty(display: Display, letter: Letter | null, reason: string): Shown {
  const { unit, decimals, factor } = display;
  return {
    letter,
    text: NOTHING,
    unit,
    decimals,
    factor,
    value: null,
    low: null,
    high: null,
    age: "",
    reason,
    raw: null,
  };
}

function textOf(value: Reading["value"], display: Display): string {
  if (value === null) return NOTHING;
  return typeof value === "number" ? numberText(value * display.factor, display.decimals) : value;
}

function rawText(reading: Reading, display: Display): string | null {
  return reading.value === null ? null : `${textOf(reading.value, display)} ${display.unit}`.trim();
}
