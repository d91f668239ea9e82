import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import { damagedRow } from "./damage.ts";
import { sealSql, soundSql } from "./schema.ts";

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
  sound: number;
}

/** Rows that are kept in memory; there is one writer. */
const MOST_KEPT = 2_000;

export function epochRows(db: Sqlite): EpochRows {
  const columns = `no, epoch, predecessor, known_telemetry, known_events, ${soundSql("epoch")} as sound`;
  const one = db.prepare<[number], Row>(`select ${columns} from epoch where no = ?`);
  const ofRig = db.prepare<[number], Row>(`select ${columns} from epoch where rig = ? order by no`);
  const told = { predecessor: "@predecessor", known_telemetry: "@telemetry", known_events: "@events" };
  const update = db.prepare(
    `update epoch set predecessor = @predecessor, known_telemetry = @telemetry, known_events = @events, seal = ${sealSql("epoch", told)}
     where no = @no`,
  );
  const kept = new Map<number, EpochRow>();
  return {
    get(no) {
      let epoch = kept.get(no);
      if (epoch === undefined) {
        const row = one.get(no);
        if (row === undefined) throw damagedRow("epoch", no);
        epoch = epochOf(row);
        if (kept.size >= MOST_KEPT) kept.clear();
        kept.set(no, epoch);
      }
      return epoch;
    },
    all: (rig) => ofRig.all(rig).map(epochOf),
    know(no, predecessor, known) {
      kept.delete(no);
      update.run({ no, predecessor: predecessor === undefined ? null : JSON.stringify(predecessor), ...known });
    },
    forget: () => kept.clear(),
  };
}

function epochOf({ no, epoch, predecessor, known_telemetry, known_events, sound }: Row): EpochRow {
  if (sound !== 1) throw damagedRow("epoch", no);
  return {
    no,
    epoch,
    // Written by `know` alone, from the same type.
    predecessor: predecessor === null ? undefined : (JSON.parse(predecessor) as Predecessor),
    known: { telemetry: known_telemetry, events: known_events },
  };
}
