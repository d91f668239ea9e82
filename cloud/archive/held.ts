import type { Sqlite } from "../../shared/node/sqlite.ts";
import { sameChecksum } from "../../shared/wire/checksum.ts";
import type { Held, HeldRange } from "../../shared/wire/held.ts";
import { heldStates, type Stream, streams } from "../../shared/wire/names.ts";
import { damagedRow } from "./damage.ts";
import { insertSql, soundSql } from "./schema.ts";

interface Row {
  first: number;
  last: number;
  state: number;
  a: number;
  b: number;
  sound: number;
}

/** Reads what is held of a stream, by the number of its epoch; throws ArchiveDamaged where a row is not as it was written. */
export function heldReader(db: Sqlite): (epoch: number, stream: Stream) => HeldRange[] {
  const select = db.prepare<[number, number], Row>(
    `select first, last, state, a, b, ${soundSql("held")} as sound from held where epoch = ? and stream = ? order by first`,
  );
  return (epoch, stream) => select.all(epoch, streams.indexOf(stream)).map((row) => rangeOf(row, `${epoch}/${stream}`));
}

/** The table of held for its one writer: what is committed, by epoch and stream. */
export interface HeldRows {
  of(epoch: number, stream: Stream): HeldRange[];
  /** All lists of a rig at once, by its number. Writes first what differs; throws ArchiveDamaged where a row is not as it was written. */
  ofRig(rig: number): (epoch: number, stream: Stream) => HeldRange[];
  /** Makes the stream's list this one, in the storing transaction, which must end with `flush`. */
  put(epoch: number, stream: Stream, held: Held): void;
  /** Writes what differs. */
  flush(): void;
  /** Call after a rollback: lists that are kept in memory are void. */
  forget(): void;
}

/** A list as it is, and as the table has it. */
interface Kept {
  epoch: number;
  stream: Stream;
  now: readonly HeldRange[];
  written: readonly HeldRange[];
}

/** Lists that are kept in memory: there is one writer, so they are what the table says. */
const MOST_KEPT = 2_000;

export function heldRows(db: Sqlite): HeldRows {
  const read = heldReader(db);
  const insert = db.prepare(insertSql("held", "insert or replace into"));
  const remove = db.prepare("delete from held where epoch = ? and stream = ? and first = ?");
  const ofRig = db.prepare<[number], Row & { epoch: number; stream: number }>(
    `select epoch, stream, first, last, state, a, b, ${soundSql("held")} as sound from held
     where epoch in (select no from epoch where rig = ?) order by epoch, stream, first`,
  );
  const kept = new Map<string, Kept>();
  const changed = new Set<Kept>();

  /** The list, which is now the one that was used last. */
  function listOf(epoch: number, stream: Stream): Kept {
    const key = `${epoch}/${stream}`;
    let list = kept.get(key);
    if (list === undefined) {
      const written = read(epoch, stream);
      list = { epoch, stream, now: written, written };
    } else kept.delete(key);
    kept.set(key, list);
    return list;
  }

  function write({ epoch, stream, now, written }: Kept): void {
    const no = streams.indexOf(stream);
    const before = new Map(written.map((range) => [range.first, range]));
    for (const range of now) {
      const old = before.get(range.first);
      before.delete(range.first);
      if (old !== undefined && sameRange(old, range)) continue;
      const { first, last, state, checksum } = range;
      insert.run({ epoch, stream: no, first, last, state: heldStates.indexOf(state), ...checksum });
    }
    for (const first of before.keys()) remove.run(epoch, no, first);
  }

  function flush(): void {
    for (const list of changed) {
      write(list);
      list.written = list.now;
    }
    changed.clear();
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
  }

  return {
    of: (epoch, stream) => [...listOf(epoch, stream).now],
    ofRig(rig) {
      flush();
      const lists = new Map<string, HeldRange[]>();
      for (const row of ofRig.iterate(rig)) {
        const key = `${row.epoch}/${streams[row.stream]}`;
        const list = lists.get(key);
        const range = rangeOf(row, key);
        if (list === undefined) lists.set(key, [range]);
        else list.push(range);
      }
      return (epoch, stream) => lists.get(`${epoch}/${stream}`) ?? [];
    },
    put(epoch, stream, held) {
      const list = listOf(epoch, stream);
      list.now = [...held];
      changed.add(list);
    },
    flush,
    forget() {
      kept.clear();
      changed.clear();
    },
  };
}

function sameRange(one: HeldRange, other: HeldRange): boolean {
  return one.last === other.last && one.state === other.state && sameChecksum(one.checksum, other.checksum);
}

/** `list` names where the row stands. */
function rangeOf({ first, last, state, a, b, sound }: Row, list: string): HeldRange {
  if (sound !== 1) throw damagedRow("held", `${list}/${first}`);
  const word = heldStates[state];
  if (word === undefined) throw new Error(`archive: held has an unknown state ${state}`);
  return { first, last, state: word, checksum: { a, b } };
}
