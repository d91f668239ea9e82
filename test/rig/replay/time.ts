import type { ReplayMap } from "./map.ts";

const us = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?(?: ?([AP])M)?$/i;
const iso = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;
const MINUTE = 60_000;

/** Epoch ms of a row's time text; NaN where it is none. Never guesses a zone: a time without one takes the map's offset. */
export function timeOf(text: string, { format, offsetMinutes }: ReplayMap["time"]): number {
  if (text.trim() === "") return Number.NaN;
  switch (format) {
    case "epoch-ms":
      return Math.round(Number(text));
    case "epoch-s":
      return Math.round(Number(text) * 1_000);
    case "iso":
      return isoTime(text.trim(), offsetMinutes);
    case "us":
      return usTime(text.trim(), offsetMinutes);
  }
}

function isoTime(text: string, offsetMinutes: number): number {
  const match = iso.exec(text);
  if (!match) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const ms = Math.floor(Number(`0.${match[7] ?? 0}`) * 1_000);
  return utc(year, month, day, hour, minute, second, ms) - zoneMinutes(match[8], offsetMinutes) * MINUTE;
}

function zoneMinutes(zone: string | undefined, otherwise: number): number {
  if (zone === undefined) return otherwise;
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith("-") ? -minutes : minutes;
}

function usTime(text: string, offsetMinutes: number): number {
  const match = us.exec(text);
  if (!match) return Number.NaN;
  const [month, day, year, hour = Number.NaN, minute, second] = match.slice(1, 7).map(Number);
  const half = match[8]?.toUpperCase();
  if (half !== undefined && (hour < 1 || hour > 12)) return Number.NaN;
  const hour24 = half === undefined ? hour : (hour % 12) + (half === "P" ? 12 : 0);
  const ms = Number((match[7] ?? "0").padEnd(3, "0"));
  return utc(year, month, day, hour24, minute, second, ms) - offsetMinutes * MINUTE;
}

/** NaN for a 31 February or a 25 o'clock: Date would move it to another day. */
function utc(year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0): number {
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? date.getTime() : Number.NaN;
}
