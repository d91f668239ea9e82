import type { GapEvent } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Stream } from "../../shared/wire/names.ts";
import { openBroken } from "./broken.ts";
import type { DamagedFile } from "./damaged-file.ts";
import { readDefinitions } from "./salvage-definitions.ts";
import { lastSeqsOf, readEpochs, readStatements } from "./salvage-epochs.ts";
import { missingIn, readFrames, readSpans } from "./salvage-frames.ts";
import { baseOf } from "./schema.ts";

/** What one step comes to: gap events to be stored with it, and what came of all steps so far. */
export interface Salvaged {
  gaps: GapEvent[];
  /** Frames that were read back so far, and frames that were owed and are lost. */
  frames: number;
  lost: number;
}

/** Lost ranges that are told in one step. */
const GAPS_A_STEP = 500;

/**
 * Reads a damaged file back into the journal, a little a step: epochs and their events, what these define, then telemetry: what is whole to the bit
 * and still has a meaning, under its names. What was there by any evidence and is not whole is noted as gone, with a gap event where it was owed.
 * May be begun anew at any time: nothing comes twice. Each step belongs inside a transaction.
 */
export function* salvage(db: Sqlite, file: DamagedFile): Generator<Salvaged> {
  const told: Salvaged = { gaps: [], frames: 0, lost: 0 };
  const step = (): Salvaged => {
    const now = { ...told, gaps: told.gaps };
    told.gaps = [];
    return now;
  };
  const numbers = readEpochs(db, file);
  readStatements(db, file, numbers);
  yield step();
  const lastSeqs = lastSeqsOf(db, file);

  function* take(no: number, stream: Stream): Generator<Salvaged> {
    const base = baseOf(no, stream);
    const last = base + lastSeqs(base);
    if (stream === "telemetry") {
      for (const read of readSpans(db, file, base, last)) {
        told.frames += read;
        yield step();
      }
    }
    for (const read of readFrames(db, file, base, last)) {
      told.frames += read;
      yield step();
    }
    const missing = missingIn(db, base, last);
    while (missing.length > 0) {
      const broken = openBroken(db);
      for (const range of missing.splice(0, GAPS_A_STEP)) {
        const { gaps } = broken.lose(range);
        told.gaps.push(...gaps);
        told.lost += gaps.reduce((sum, { frames }) => sum + (frames ? frames.lastSeq - frames.firstSeq + 1 : 0), 0);
      }
      yield step();
    }
  }

  for (const no of numbers) yield* take(no, "events");
  for (const _ of readDefinitions(db, file, numbers)) yield step();
  for (const no of numbers) yield* take(no, "telemetry");
}
