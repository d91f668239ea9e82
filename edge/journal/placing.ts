import { anchorsTold } from "../../shared/domain/anchors-told.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrameHead, type FrameTime } from "../../shared/wire/frame.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import { streams } from "../../shared/wire/names.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { type Anchors, openAnchors } from "./anchors.ts";
import { baseOf, bodyBytes, MOST_SEQ } from "./schema.ts";
import { sealOf } from "./seal.ts";
import { openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Frames are found by when they closed: those of a boot whose clock was not known move to their place once its true time is told. What they hold stays as it came. */
export interface Placing {
  /** Takes in events that close now, in a boot; call before they are stored. */
  learn(boot: Id, events: readonly RigEvent[], time: FrameTime): void;
  placedAt: Anchors["placedAt"];
}

/** Rows that are looked at together: of many, and where few are expected. */
const PAGE = 4_096;
const FEW = 64;

interface Row {
  key: number;
  at: number;
  count: number;
  a: number;
  b: number;
  body: Uint8Array;
}

/** For the one thread that writes; calls belong inside its transaction. */
export function openPlacing(db: Sqlite): Placing {
  const anchors = openAnchors(db);
  const spans = openSpans(db);
  const epochs = db.prepare<[Id], number>("select no from epoch where record ->> '$.boot' = ?").pluck();
  // What stands before a frame's content is shorter than that.
  const headsOf = (where: string) =>
    db.prepare<[number, number], Row>(
      `select key, at, count, a, b, substr(body, 1, 64) as body from (select key, at, count, a, b, ${bodyBytes} from frame ${where})`,
    );
  const heads = headsOf(`where key > ? and key <= ? order by key limit ${PAGE}`);
  const newestHeads = headsOf(`where key >= ? and key < ? order by key desc limit ${FEW}`);
  const move = db.prepare("update frame set at = ?, seal = ? where key = ?");
  const moveSpan = db.prepare("update span set from_at = ?, to_at = ?, seal = ? where first = ?");

  /** Gives what stands before the row's content; null where it is broken. */
  function placeRow({ key, at, count, a, b, body }: Row): FrameTime | null {
    const head = unlessBroken(() => decodeFrameHead(body));
    const placed = head === null ? at : anchors.placedAt(key, head);
    if (placed !== at) move.run(placed, sealOf([key, placed, count, a, b]), key);
    return head;
  }

  /** A word is told somewhat after its moment: what closed between the two goes by it too, and nothing before that. */
  function placeNewest(first: number, last: number, since: number): void {
    for (let before = last + 1; ; ) {
      const rows = newestHeads.all(first, before);
      for (const row of rows) if ((placeRow(row)?.mono ?? since) < since) return;
      const end = rows.at(-1)?.key;
      if (end === undefined) return;
      before = end;
    }
  }

  function placeRows(first: number, last: number): void {
    for (let after = first - 1; ; ) {
      const rows = heads.all(after, last);
      for (const row of rows) placeRow(row);
      const end = rows.at(-1)?.key;
      if (end === undefined) return;
      after = end;
    }
  }

  function placeSpans(first: number, last: number): void {
    for (const span of spans.touching(first, last)) {
      const body = unlessBroken(() => spans.body(span));
      const table = body === null ? null : unlessBroken(() => decodeSpan(body).table);
      if (body === null || table === null) continue;
      let [fromAt, toAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let i = 0; i < table.times.receivedAt.length; i++) {
        const at = anchors.placedAt(span.first + i, frameTimeAt(table.times, i));
        [fromAt, toAt] = [Math.min(fromAt, at), Math.max(toAt, at)];
      }
      if (fromAt === span.fromAt && toAt === span.toAt) continue;
      const seal = sealOf([span.first, span.last, fromAt, toAt, span.a, span.b, span.dictionary], body);
      moveSpan.run(fromAt, toAt, seal, span.first);
    }
  }

  return {
    learn(boot, events, time) {
      const told = anchorsTold(events, time);
      if (told.length === 0) return;
      const isFirst = told.map((anchor) => anchors.put(boot, anchor)).some(Boolean);
      const since = Math.min(...told.map(({ mono }) => mono));
      for (const no of epochs.all(boot)) {
        for (const stream of streams) {
          const base = baseOf(no, stream);
          if (isFirst) placeRows(base + 1, base + MOST_SEQ);
          else placeNewest(base + 1, base + MOST_SEQ, since);
          if (isFirst && stream === "telemetry") placeSpans(base + 1, base + MOST_SEQ);
        }
      }
    },
    placedAt: anchors.placedAt,
  };
}
