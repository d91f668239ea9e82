import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrameHead } from "../../shared/wire/frame.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { openAnchors } from "./anchors.ts";
import { bodyBytes, ofTelemetry, partsOf } from "./schema.ts";
import { openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Time (ms UTC, ends included) in which frames closed whose time was worked out afterwards. */
export interface DatedSpan {
  from: number;
  to: number;
}

/** Looks for telemetry of boots whose true time was told because their clock was not known; frames further apart than `apartMs` are two spans. */
export function openDatedSpans(db: Sqlite): (from: number, to: number, apartMs: number) => DatedSpan[] {
  const anchors = openAnchors(db);
  const spans = openSpans(db);
  const corrected = db
    .prepare<[], number>("select no from epoch where record ->> '$.boot' in (select boot from anchor)")
    .pluck();
  const rows = db.prepare<[number, number], { key: number; at: number; body: Uint8Array }>(
    `select key, at, ${bodyBytes} from frame where at between ? and ? and ${ofTelemetry} order by at, key`,
  );

  return (from, to, apartMs) => {
    const epochs = new Set(corrected.all());
    if (epochs.size === 0) return [];
    anchors.forget();
    const times: number[] = [];
    for (const span of spans.between(from, to)) {
      if (!epochs.has(partsOf(span.first).epochNo)) continue;
      const table = unlessBroken(() => decodeSpan(spans.body(span)).table);
      for (let i = 0; i < (table?.times.clock.length ?? 0); i++) {
        const time = table === null ? null : frameTimeAt(table.times, i);
        if (time?.clock === "unknown") times.push(anchors.placedAt(span.first + i, time));
      }
    }
    for (const { key, at, body } of rows.iterate(from, to)) {
      if (!epochs.has(partsOf(key).epochNo)) continue;
      if (unlessBroken(() => decodeFrameHead(body))?.clock === "unknown") times.push(at);
    }
    return joined(
      times.filter((at) => at >= from && at <= to).sort((one, other) => one - other),
      apartMs,
    );
  };
}

function joined(times: readonly number[], apartMs: number): DatedSpan[] {
  const spans: DatedSpan[] = [];
  for (const at of times) {
    const last = spans.at(-1);
    if (last !== undefined && at - last.to <= apartMs) last.to = at;
    else spans.push({ from: at, to: at });
  }
  return spans;
}
