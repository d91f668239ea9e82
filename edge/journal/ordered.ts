import type { Sqlite } from "../../shared/node/sqlite.ts";
import { sameChecksum } from "../../shared/wire/checksum.ts";
import {
  decodeEventsFrame,
  decodeFrame,
  type EventsFrame,
  type FrameHead,
  type TelemetryFrame,
} from "../../shared/wire/frame.ts";
import { maxReadings } from "../../shared/wire/limits.ts";
import type { SendOrder } from "../../shared/wire/sender-io.ts";
import { baseOf, bodyBytes, epochNumbers } from "./schema.ts";
import { isSealed } from "./seal.ts";
import { openSpanFrames } from "./span-frames.ts";
import { openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Frames that an order names, from its first on, as many as follow each other whole on the disk, at most so many. None where the disk did not keep the first. */
export interface Ordered {
  events(order: SendOrder, most: number): EventsFrame[];
  telemetry(order: SendOrder, most: number): TelemetryFrame[];
}

interface Row {
  key: number;
  at: number;
  count: number;
  a: number;
  b: number;
  body: Uint8Array;
  seal: number | null;
}

export function openOrdered(db: Sqlite): Ordered {
  const numbers = epochNumbers(db);
  const spans = openSpans(db);
  const spanFrames = openSpanFrames(db);
  const select = db.prepare<[number, number, number], Row>(
    `select key, at, count, a, b, ${bodyBytes}, seal from frame where key between ? and ? order by key limit ?`,
  );

  function rows<Frame extends FrameHead>(
    first: number,
    last: number,
    most: number,
    decode: (body: Uint8Array) => Frame,
  ): Frame[] {
    const frames: Frame[] = [];
    let readings = 0;
    for (const row of select.iterate(first, last, most)) {
      readings += row.count;
      if (row.key !== first + frames.length || (frames.length > 0 && readings > maxReadings)) break;
      const frame = unlessBroken(() => decode(row.body));
      if (frame === null || !isItself(row, frame)) break;
      frames.push(frame);
    }
    return frames;
  }

  /** Frames of the span that holds the first, if one does. */
  function packed(first: number, last: number, most: number): TelemetryFrame[] {
    const span = spans.at(first);
    if (span === undefined) return [];
    const end = Math.min(last, span.last, first + most - 1);
    const frames = unlessBroken(() => spanFrames.frames(span, first, end)) ?? [];
    let readings = 0;
    const fit = frames.findIndex((frame) => {
      readings += frame.readings.length;
      return readings > maxReadings;
    });
    return fit === -1 ? frames : frames.slice(0, Math.max(fit, 1));
  }

  function keysOf({ epoch, stream, first, last }: SendOrder): [number, number] {
    const base = baseOf(numbers.numberOf(epoch), stream);
    return [base + first, base + last];
  }

  return {
    events: (order, most) => rows(...keysOf(order), most, decodeEventsFrame),
    telemetry(order, most) {
      const frames = rows(...keysOf(order), most, (body) => decodeFrame(body));
      if (frames.length === 0) return packed(...keysOf(order), most);
      spanFrames.forget();
      return frames;
    },
  };
}

/** Whether what stands beside a frame's bytes is what was written with them: they tell neither their name nor their count. */
function isItself({ key, at, count, a, b, seal }: Row, { checksum }: FrameHead): boolean {
  return isSealed(seal, [key, at, count, a, b]) && sameChecksum(checksum, { a, b });
}
