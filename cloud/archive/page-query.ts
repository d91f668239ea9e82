import type { Id } from "../../shared/domain/id.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { Definitions } from "./definitions.ts";
import type { PageOf, ReadingPage, TagReadings } from "./history.ts";
import type { ReadingRows, Readings } from "./reading.ts";

/** Where a page begins: behind so many readings with this time of this tag (its position in what was asked). */
interface Cursor {
  tag: number;
  at: number;
  skip: number;
}

/** Time that is decoded at once for a tag: a page of a long span needs not all of it. */
const CHUNK = 6 * 3_600_000;

/** Pages of readings; calls belong inside one read transaction. */
export function pageQuery(
  definitions: Definitions,
  rows: ReadingRows,
  versionsOf: (rig: number, tag: Id) => readonly number[],
): (rig: number, tags: readonly Id[], from: number, to: number, page: PageOf) => ReadingPage {
  return (rig, tags, from, to, { limit, cursor }) => {
    const begin: Cursor = cursor === undefined ? { tag: 0, at: from, skip: 0 } : cursorOf(cursor);
    const series: TagReadings[] = [];
    let left = limit;
    for (let t = begin.tag; t < tags.length; t++) {
      const versions = versionsOf(rig, tags[t] ?? "");
      let { at: start, skip } = t === begin.tag ? begin : { at: from, skip: 0 };
      let chunk = CHUNK;
      while (start < to) {
        const end = Math.min(to, start + chunk);
        const all = byTime(rows.between(rig, versions, start, end), start, end);
        const taken = all.slice(skip, skip + left);
        series.push(...asSeries(taken, definitions));
        left -= taken.length;
        // Years without a reading are passed in a few strides.
        chunk = all.length === 0 ? chunk * 2 : CHUNK;
        const next = all[skip + taken.length];
        if (left === 0 && next !== undefined) {
          const same = all.slice(0, skip + taken.length).filter((one) => one.at === next.at).length;
          return { series, next: textOf({ tag: t, at: next.at, skip: same }) };
        }
        start = end;
        skip = 0;
        if (left === 0 && (start < to || t + 1 < tags.length)) {
          return {
            series,
            next: textOf(start < to ? { tag: t, at: start, skip: 0 } : { tag: t + 1, at: from, skip: 0 }),
          };
        }
      }
    }
    return { series, next: null };
  };
}

/** Where a reading stands; an object each only while a page is put in order. */
interface Place {
  at: number;
  from: Readings;
  i: number;
}

function byTime(parts: readonly Readings[], from: number, to: number): Place[] {
  const places: Place[] = [];
  for (const part of parts) {
    for (let i = part.start; i < part.end; i++) {
      const at = part.readings.at[i] ?? 0;
      if (at >= from && at < to) places.push({ at, from: part, i });
    }
  }
  let sorted = true;
  for (let i = 1; i < places.length && sorted; i++) sorted = (places[i - 1]?.at ?? 0) <= (places[i]?.at ?? 0);
  return sorted ? places : places.sort((one, other) => one.at - other.at);
}

/** Neighbours of one version as one series. */
function asSeries(places: readonly Place[], definitions: Definitions): TagReadings[] {
  const series: TagReadings[] = [];
  let version = -1;
  for (const { from, i } of places) {
    if (from.version !== version) {
      version = from.version;
      series.push({ version: definitions.version(version), readings: new Block(256) });
    }
    series.at(-1)?.readings.pushFrom(from.readings, i, definitions.representation(version) === "text");
  }
  return series;
}

function textOf({ tag, at, skip }: Cursor): string {
  return Buffer.from(JSON.stringify([tag, at, skip])).toString("base64url");
}

/** Throws RangeError for what is no cursor of ours. */
function cursorOf(text: string): Cursor {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch (cause) {
    throw new RangeError("not a cursor of an earlier page", { cause });
  }
  const numbers = Array.isArray(parts) ? parts.filter((part) => Number.isFinite(part)) : [];
  const [tag, at, skip] = numbers;
  if (numbers.length !== 3 || !(tag >= 0) || !(skip >= 0)) throw new RangeError("not a cursor of an earlier page");
  return { tag, at, skip };
}
