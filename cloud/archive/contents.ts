import { GapEvent } from "../../shared/domain/event.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { holds, rangesOf } from "../../shared/wire/ranges.ts";
import { coverageRows } from "./coverage-rows.ts";
import { foundOf } from "./damage.ts";
import { datingOf, unknownClock } from "./dating.ts";
import { definitionsOf } from "./definitions.ts";
import type { Coverage } from "./history.ts";
import type { FrameEntry, Source } from "./merge.ts";
import { openArchiveFile } from "./open-file.ts";
import { soundSql } from "./schema.ts";
import { spanRows } from "./spans.ts";
import { openTailBatch, seqsOf, sourceOf, type TailRow, tailColumns } from "./tail.ts";

/** Everything that an archive holds, frame by frame and as it is stored, for who wants to prove it. One moment of it, until closed. */
export interface Contents {
  rigs(): RigId[];
  /** What the archive says of itself. */
  held(rig: RigId): Coverage["held"];
  /**
   * Frames of telemetry with their readings, from the tail and from spans. A span's frame whose successor waits comes as that alone, as in history;
   * any other frame that is stored twice comes twice. What is not as it was written is left out.
   */
  telemetry(rig: RigId): Iterable<Source>;
  events(rig: RigId): Iterable<StoredEvents>;
  /** What the rig said that it lost, or did not take. */
  gaps(rig: RigId): GapEvent[];
  /** The tag version that a piece's number stands for. */
  version(no: number): TagVersion;
  close(): void;
}

/** A frame of events, byte by byte. */
export interface StoredEvents {
  epoch: Id;
  seq: number;
  received: number;
  /** When it closed, of an unknown clock by the time that it was given; null while it has none. */
  closedAt: number | null;
  mono: number;
  body: Uint8Array;
}

/** Opens the file for reading only; throws where there is none. */
export function openContents(path: string): Contents {
  const db = openArchiveFile(path);
  // What is left out is missed by whoever compares: held and the frames' checksums say that it was there.
  const found = foundOf(() => {});
  const { finds } = found;
  db.exec("begin");
  const definitions = definitionsOf(db);
  const rigs = db.prepare<[], string>("select rig from rig order by rig").pluck();
  const rigNo = db.prepare<[string], number>("select no from rig where rig = ?").pluck();
  const epochOf = db.prepare<[number], string>("select epoch from epoch where no = ?").pluck();
  const epochNo = db.prepare<[number, string], number>("select no from epoch where rig = ? and epoch = ?").pluck();
  const spanKeys = db.prepare<[number], number>("select key from span where rig = ? order by key").pluck();
  const tail = db.prepare<[number], TailRow>(`select ${tailColumns} from tail where rig = ? order by no`);
  const heads = db.prepare<[number], Pick<TailRow, "epoch" | "first" | "last" | "counts">>(
    `select epoch, first, last, counts from tail where rig = ? and ${soundSql("tail")}`,
  );
  const events = db.prepare<[number], StoredEvents>(
    `select e.epoch, f.seq, f.received, f.mono, f.body, case when f.clock <> ${unknownClock} then f.received else
       (select d.received from event d where d.epoch = f.epoch and d.seq = f.seq and d.place = 0 and d.dated = 1) end as closedAt
     from event_frame f join epoch e on e.no = f.epoch where e.rig = ? order by e.no, f.seq`,
  );
  const gaps = db
    .prepare<[number], string>(`select body from event where rig = ? and type = 'gap' and ${soundSql("event")}`)
    .pluck();
  const dating = datingOf(db, finds);
  const spans = spanRows(db, (rig, epoch) => epochNo.get(rig, epoch) ?? -1, definitions.version, finds);
  const numberOf = (rig: RigId) => {
    const no = rigNo.get(rig);
    if (no === undefined) throw new Error(`archive: nothing is known of ${rig}`);
    return no;
  };

  return {
    rigs: () => rigs.all(),
    held: (rig) => coverageRows(db, found).held(numberOf(rig)),
    *telemetry(rig) {
      const no = numberOf(rig);
      const successors = new Map<Id, SeqRange[]>();
      for (const row of heads.iterate(no)) {
        const epoch = epochOf.get(row.epoch) ?? "";
        successors.set(epoch, [...(successors.get(epoch) ?? []), ...seqsOf(row)]);
      }
      for (const [epoch, ranges] of successors) successors.set(epoch, rangesOf(ranges));
      const dated = dating(no);
      const counts = (frame: FrameEntry | null) =>
        frame !== null && !holds(successors.get(frame.epoch) ?? [], frame.seq) ? frame : null;
      for (const key of spanKeys.all(no)) {
        const span = spans.load(key, spans.versionsIn(key), dated);
        if (span !== null) yield { ...span, frames: span.frames.map(counts) };
      }
      for (const row of tail.all(no)) {
        const batch = openTailBatch(no, row, definitions.dictionary, finds);
        if (batch !== null) yield sourceOf(batch, epochOf.get(row.epoch) ?? "", dated);
      }
    },
    events: (rig) => events.all(numberOf(rig)),
    gaps: (rig) => gaps.all(numberOf(rig)).map((body) => GapEvent.parse(JSON.parse(body))),
    version: definitions.version,
    close: () => db.close(),
  };
}
