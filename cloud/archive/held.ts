import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Held, HeldRange } from "../../shared/wire/held.ts";
import { heldStates, type Stream, streams } from "../../shared/wire/names.ts";

interface Row {
  first: number;
  last: number;
  state: number;
  a: number;
  b: number;
}

/** The table of held: what is committed, by epoch and stream. Calls that write belong into the storing transaction. */
export interface HeldRows {
  of(epoch: number, stream: Stream): HeldRange[];
  /** Makes the stream's list this one, writing only what differs. */
  put(epoch: number, stream: Stream, held: Held): void;
}

export function heldRows(db: Sqlite): HeldRows {
  const select = db.prepare<[number, number], Row>(
    "select first, last, state, a, b from held where epoch = ? and stream = ? order by first",
  );
  const insert = db.prepare(
    "insert or replace into held (epoch, stream, first, last, state, a, b) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const remove = db.prepare("delete from held where epoch = ? and stream = ? and first = ?");
  const rowsOf = (epoch: number, stream: Stream) => select.all(epoch, streams.indexOf(stream));
  return {
    of: (epoch, stream) => rowsOf(epoch, stream).map(rangeOf),
    put(epoch, stream, held) {
      const no = streams.indexOf(stream);
      const before = new Map(rowsOf(epoch, stream).map((row) => [row.first, row]));
      for (const range of held) {
        const state = heldStates.indexOf(range.state);
        const { first, last, checksum } = range;
        const old = before.get(first);
        before.delete(first);
        if (old?.last === last && old.state === state && old.a === checksum.a && old.b === checksum.b) continue;
        insert.run(epoch, no, first, last, state, checksum.a, checksum.b);
      }
      for (const first of before.keys()) remove.run(epoch, no, first);
    },
  };
}

function rangeOf({ first, last, state, a, b }: Row): HeldRange {
  const word = heldStates[state];
  if (word === undefined) throw new Error(`archive: held has an unknown state ${state}`);
  return { first, last, state: word, checksum: { a, b } };
}
