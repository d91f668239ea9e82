import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { HeldRange } from "../../shared/wire/held.ts";
import { lastOf } from "../../shared/wire/held.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { countOf, minus, rangesOf } from "../../shared/wire/ranges.ts";
import { auditOf, isRaw } from "./audit.ts";
import { ArchiveDamaged, type Damage } from "./damage.ts";
import type { EpochRows } from "./epoch-rows.ts";
import type { HeldRows } from "./held.ts";
import { holdingAgain } from "./hold-again.ts";
import { insertSql, sealSql, soundSql } from "./schema.ts";
import type { Hurt, SpanMending } from "./span-mending.ts";
import type { SumOf } from "./sqlite-store.ts";
import { seqsOf, type TailRow } from "./tail.ts";

interface Parts {
  db: Sqlite;
  held: HeldRows;
  epochs: EpochRows;
  sumOf: SumOf;
  spans: SpanMending;
  /** Makes the rows of a table that repeat what others tell anew. */
  repeat(table: Extract<Damage, { type: "repeated" }>["table"]): void;
}

type Waiting = Pick<TailRow, "no" | "first" | "last" | "counts">;

/**
 * Takes out what is not as it was written, inside a transaction of the one writer, and no longer holds the frames that lose by it: under the next
 * incarnation the rigs offer them again. What is not damaged stays, and is held again where only the word of it was lost. Gives how many frames
 * are asked for again.
 */
export function mending({ db, held, epochs, sumOf, spans, repeat }: Parts): (damages: readonly Damage[]) => number {
  const audit = auditOf(db);
  const holdAgain = holdingAgain({ db, held, sumOf: sumIfKnown });
  const dropTail = db.prepare("delete from tail where no = ?");
  const waiting = db.prepare<[number, number], Waiting>(
    `select no, first, last, counts from tail where rig = ? and epoch = ? and ${soundSql("tail")}`,
  );
  const leave = db.prepare(
    `update tail set counts = @left, seal = ${sealSql("tail", { counts: "@left" })} where no = @no`,
  );
  const putDamage = db.prepare(insertSql("damage", "insert or replace into"));

  /** Frames that lose by it; others are found by the audit. */
  function takeOut(damage: Damage): Hurt {
    switch (damage.type) {
      case "segment":
        return spans.withoutSegment(damage.span, damage.row);
      case "span":
        return spans.without(damage.span);
      case "minutes":
        spans.minutesAnew(damage.key);
        return [];
      case "tail":
        dropTail.run(damage.no);
        return [];
      case "repeated":
        repeat(damage.table);
        return [];
      case "index":
      case "lacking":
        return [];
      case "file":
        throw new ArchiveDamaged(damage, damage.problem);
    }
  }

  /** No longer holds these frames; the others of the same ranges stay held, with the sums that they have. Gives those it held. */
  function unhold(rig: number, epoch: number, stream: Stream, ranges: readonly SeqRange[]): SeqRange[] {
    const before = held.of(epoch, stream);
    const after = before.flatMap((range): HeldRange[] => {
      const rest = minus([range], ranges);
      if (!isRaw(range) || (rest.length === 1 && rest[0]?.first === range.first && rest[0].last === range.last))
        return [range];
      return rest.flatMap((part) => {
        const checksum = sumIfKnown(rig, epoch, stream, part);
        return checksum === null ? [] : [{ ...range, ...part, checksum }];
      });
    });
    const row = epochs.get(epoch);
    epochs.know(epoch, row.predecessor, { ...row.known, [stream]: Math.max(row.known[stream], lastOf(before)) });
    held.put(epoch, stream, after);
    const gone = minus(rangesOf(before), rangesOf(after));
    if (stream === "telemetry") for (const row of waiting.all(rig, epoch)) cut(row, gone);
    return gone;
  }

  /** Frames that come again wait once. */
  function cut({ no, ...row }: Waiting, gone: readonly SeqRange[]): void {
    const ranges = seqsOf(row);
    const left = minus(ranges, gone);
    if (left.length === 0) dropTail.run(no);
    else if (countOf(left) < countOf(ranges)) leave.run({ no, left: JSON.stringify(left) });
  }

  function sumIfKnown(rig: number, epoch: number, stream: Stream, part: SeqRange) {
    try {
      return sumOf(rig, epoch, stream, part);
    } catch (error) {
      // Its frames are asked for again too: nobody could compare them.
      if (error instanceof ArchiveDamaged) return null;
      throw error;
    }
  }

  /** Said at once: rows that repeat others are made anew of whole spans only. */
  function named(hurt: Hurt): Hurt {
    for (const { epoch, ranges } of hurt) putDamages(epoch, ranges);
    return hurt;
  }

  function putDamages(epoch: number, ranges: readonly SeqRange[]): void {
    for (const { first, last } of ranges) putDamage.run({ epoch, first, last, found_at: Date.now() });
  }

  return (damages) => {
    // What follows looks through indexes.
    db.exec("reindex");
    const hurt = damages.flatMap((damage) => named(takeOut(damage)));
    for (const span of spans.missing()) hurt.push(...named(spans.without(span)));
    holdAgain();
    const lost = [...hurt.map(({ epoch, ranges }) => ({ epoch, stream: "telemetry" as const, ranges })), ...audit()];
    const rigOf = db.prepare<[number], number>("select rig from epoch where no = ?").pluck();
    let frames = 0;
    const byStream = new Map<string, { epoch: number; stream: Stream; ranges: SeqRange[] }>();
    for (const { epoch, stream, ranges } of lost) {
      const one = byStream.get(`${epoch}/${stream}`) ?? { epoch, stream, ranges: [] };
      one.ranges = rangesOf([...one.ranges, ...ranges]);
      byStream.set(`${epoch}/${stream}`, one);
    }
    for (const { epoch, stream, ranges } of byStream.values()) {
      const rig = rigOf.get(epoch);
      if (rig === undefined) continue;
      const gone = unhold(rig, epoch, stream, ranges);
      frames += countOf(gone);
      const isNamed = hurt.flatMap((one) => (one.epoch === epoch ? one.ranges : []));
      if (stream === "telemetry") putDamages(epoch, minus(gone, isNamed));
    }
    held.flush();
    return frames;
  };
}
