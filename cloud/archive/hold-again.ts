import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { type HeldRange, rankOf } from "../../shared/wire/held.ts";
import { type Checksum, type SeqRange, type Stream, streams } from "../../shared/wire/names.ts";
import { merged } from "../../shared/wire/outcome.ts";
import { intersection, minus, rangesOf } from "../../shared/wire/ranges.ts";
import { presentFrames } from "./audit.ts";
import type { HeldRows } from "./held.ts";
import { soundSql } from "./schema.ts";
import { isSound, seqsOf, type TailRow, tailColumns } from "./tail.ts";

interface Parts {
  db: Sqlite;
  held: HeldRows;
  /** The checksum of stored frames; null where something of them does not read. */
  sumOf(rig: number, epoch: number, stream: Stream, range: SeqRange): Checksum | null;
}

/** Stored frames that read as a whole. */
interface Part extends SeqRange {
  state: "stored" | "thinned";
}

/**
 * Holds what is there whole and not held: where rows of held are gone, frames that landed would else be asked for and land once more beside
 * themselves, and what its rig has no more would count as lost. What `damage` names is not there whole. Call inside the one writer's
 * transaction, which must end with `held.flush`.
 */
export function holdingAgain({ db, held, sumOf }: Parts): () => void {
  const epochs = db.prepare<[], { no: number; rig: number }>("select no, rig from epoch order by no");
  const present = presentFrames(db);
  const thinned = db.prepare<[number], SeqRange>(
    `select first, last from thinned_run where epoch = ? and ${soundSql("thinned_run")}`,
  );
  const tail = db.prepare<[number, number], TailRow>(`select ${tailColumns} from tail where rig = ? and epoch = ?`);
  const damaged = db.prepare<[number], SeqRange>("select first, last from damage where epoch = ?");

  function partsOf(rig: number, epoch: number, stream: Stream): Part[] {
    const compacted = present[stream](epoch);
    if (stream === "events") return compacted.map((range) => ({ ...range, state: "stored" }));
    const less = thinned.all(epoch);
    const parts: Part[] = [
      ...minus(compacted, less).map((range) => ({ ...range, state: "stored" as const })),
      ...intersection(compacted, less).map((range) => ({ ...range, state: "thinned" as const })),
    ];
    for (const row of tail.iterate(rig, epoch)) {
      if (!isSound(row)) continue;
      const { thinned } = decodeBatchHeader(row.batch).header;
      for (const range of seqsOf(row)) parts.push({ ...range, state: thinned === null ? "stored" : "thinned" });
    }
    return parts;
  }

  function holdAgain(rig: number, epoch: number, stream: Stream): void {
    const before = held.of(epoch, stream);
    const parts = partsOf(rig, epoch, stream);
    const known = before.filter(({ state }) => rankOf(state) >= rankOf("thinned"));
    const taken = [...rangesOf(known), ...(stream === "telemetry" ? damaged.all(epoch) : [])];
    let free = minus(rangesOf(parts), taken);
    const again: HeldRange[] = [];
    for (const { state, ...part } of parts) {
      const here = intersection([part], free);
      free = minus(free, here);
      for (const range of here) {
        const checksum = sumOf(rig, epoch, stream, range);
        if (checksum !== null) again.push({ ...range, state, checksum });
      }
    }
    if (again.length === 0) return;
    const rest = before.flatMap((range) =>
      known.includes(range) ? [range] : minus([range], again).map((part) => ({ ...range, ...part })),
    );
    held.put(epoch, stream, merged([...rest, ...again].sort((x, y) => x.first - y.first)));
  }

  return () => {
    for (const { no, rig } of epochs.all()) for (const stream of streams) holdAgain(rig, no, stream);
  };
}
