import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";

export interface EpochRow {
  no: number;
  epoch: Id;
  /** Undefined while nobody told. */
  predecessor: Predecessor | undefined;
  known: LastSeqs;
}

/** The table of epochs: what was told of each. */
export interface EpochRows {
  get(no: number): EpochRow;
  /** All of a rig's, oldest number first. */
  all(rig: number): EpochRow[];
  know(no: number, predecessor: Predecessor | undefined, known: LastSeqs): void;
  /** Call after a rollback: rows that are kept in memory are void. */
  forget(): void;
}

interface Row {
  no: number;
  epoch: string;
  predecessor: string | null;
  known_telemetry: number;
  known_events: number;
}

/** Rows that are kept in memory; there is one writer. */
const MOST_KEPT = 2_000;

export function epochRows(db: Sqlite): EpochRows {
  const columns = "no, epoch, predecessor, known_telemetry, known_events";
  const one = db.prepare<[number], Row>(`select ${columns} from epoch where no = ?`);
  const ofRig = db.prepare<[number], Row>(`select ${columns} from epoch where rig = ? order by no`);
  const update = db.prepare("update epoch set predecessor = ?, known_telemetry = ?, known_events = ? where no = ?");
  const kept = new Map<number, EpochRow>();
  return {
    get(no) {
      let epoch = kept.get(no);
      if (epoch === undefined) {
        const row = one.get(no);
        if (row === undefined) throw new Error(`archive: no epoch has the number ${no}`);
        epoch = epochOf(row);
        if (kept.size >= MOST_KEPT) kept.clear();
        kept.set(no, epoch);
      }
      return epoch;
    },
    all: (rig) => ofRig.all(rig).map(epochOf),
    know(no, predecessor, known) {
      kept.delete(no);
      update.run(predecessor === undefined ? null : JSON.stringify(predecessor), known.telemetry, known.events, no);
    },
    forget: () => kept.clear(),
  };
}

function epochOf({ no, epoch, predecessor, known_telemetry, known_events }: Row): EpochRow {
  return {
    no,
    epoch,
    // Written by `know` alone, from the same type.
    predecessor: predecessor === null ? undefined : (JSON.parse(predecessor) as Predecessor),
    known: { telemetry: known_telemetry, events: known_events },
  };
}
