import type { Sqlite } from "../../shared/node/sqlite.ts";
import { type HeldRange, isWhole } from "../../shared/wire/held.ts";
import { type SeqRange, type Stream, streams } from "../../shared/wire/names.ts";
import { minus, rangesOf } from "../../shared/wire/ranges.ts";
import { heldReader } from "./held.ts";
import { soundSql } from "./schema.ts";
import { seqsOf } from "./tail.ts";

/** Frames that are held, so that the rig may forget them, and that neither a span nor a waiting batch has. */
export interface Lacking {
  rig: number;
  epoch: number;
  stream: Stream;
  ranges: SeqRange[];
}

/** Frames that are there whole, by their epoch, but for those that wait in the tail. */
export function presentFrames(db: Sqlite): Record<Stream, (epoch: number) => SeqRange[]> {
  const runs = db.prepare<[number], SeqRange>(
    `select first, last from frame_run where epoch = ? and ${soundSql("frame_run")} and span in (select key from span)`,
  );
  const events = db
    .prepare<[number], number>(`select seq from event_frame where epoch = ? and ${soundSql("event_frame")}`)
    .pluck();
  return {
    telemetry: (epoch) => runs.all(epoch),
    events: (epoch) => rangesOf(events.all(epoch).map((seq) => ({ first: seq, last: seq }))),
  };
}

/** Compares what is held with what there is. Calls belong inside one transaction. */
export function auditOf(db: Sqlite): () => Lacking[] {
  const held = heldReader(db);
  const epochs = db.prepare<[], { no: number; rig: number }>("select no, rig from epoch order by no");
  const present = presentFrames(db);
  const tail = db.prepare<[number, number], SeqRange & { counts: string | null }>(
    `select first, last, counts from tail where rig = ? and epoch = ? and ${soundSql("tail")}`,
  );

  function there(rig: number, epoch: number, stream: Stream): SeqRange[] {
    const waiting = stream === "telemetry" ? tail.all(rig, epoch).flatMap(seqsOf) : [];
    return rangesOf([...present[stream](epoch), ...waiting]);
  }

  return () =>
    epochs.all().flatMap(({ no, rig }) =>
      streams.flatMap((stream): Lacking[] => {
        const raw = held(no, stream).filter(isRaw);
        const ranges = minus(rangesOf(raw), there(rig, no, stream));
        return ranges.length === 0 ? [] : [{ rig, epoch: no, stream, ranges }];
      }),
    );
}

/** Its frames' values are in the archive. */
export function isRaw({ state }: HeldRange): boolean {
  return state === "thinned" || (isWhole(state) && state !== "expired");
}
