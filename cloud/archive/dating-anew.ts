import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { FrameTimes } from "../../shared/wire/frame-table.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { datingRows } from "./dating-rows.ts";
import type { Definitions } from "./definitions.ts";
import type { Names } from "./names.ts";
import { soundSql } from "./schema.ts";
import { openTailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Dates frames again whose dating was lost, by what landed events tell; what is compacted and cannot be dated stays so. For the one writer, inside its transaction. */
export function datingAnew(db: Sqlite, names: Names, definitions: Definitions): void {
  const rows = datingRows(db);
  const rigs = db.prepare<[], number>("select no from rig").pluck().all();
  const spans = db.prepare<[number], number>(`select key from span where rig = ? and ${soundSql("span")}`).pluck();
  const bodyOf = db.prepare<[number], Uint8Array>("select body from span where key = ?").pluck();
  const tail = db.prepare<[number], TailRow>(`select ${tailColumns} from tail where rig = ?`);
  for (const rig of rigs) {
    for (const key of spans.all(rig)) {
      const body = bodyOf.get(key);
      for (const { epoch, first, times } of body === undefined ? [] : stretchesOf(body)) {
        const all = { first, last: first + times.clock.length - 1 };
        rows.land(rig, names.epochNo(rig, epoch), { first, times }, [all], true);
      }
    }
    for (const row of tail.all(rig)) {
      const opened = openTailBatch(rig, row, definitions.dictionary, () => {});
      if (opened !== null) rows.land(rig, row.epoch, { first: row.first, times: opened.batch.times }, opened.ranges);
    }
  }
}

/** The frames of a span, each run by itself. */
function stretchesOf(body: Uint8Array): { epoch: Id; first: number; times: FrameTimes }[] {
  const { runs, times } = decodeSpan(body).table;
  let end = 0;
  return runs.map(({ epoch, firstSeq, count }) => {
    const start = end;
    end += count;
    const [receivedAt, mono, clock] = [times.receivedAt, times.mono, times.clock];
    const part = { receivedAt: receivedAt.subarray(start, end), mono: mono.subarray(start, end) };
    return { epoch, first: firstSeq, times: { ...part, clock: clock.subarray(start, end) } };
  });
}
