import { type ClockAnchor, datingBy, shiftOf, type TimeSource } from "../../shared/domain/dating.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import { partsOf } from "./schema.ts";
import { sealOf } from "./seal.ts";

/** What was told of the true time of boots, and what follows for frames whose clock was not known. Keys are the journal's. */
export interface Anchors {
  /** Notes what dates a boot; false if something was noted of it before. */
  put(boot: Id, anchor: ClockAnchor): boolean;
  /** Ms to add to the times of a frame with this key: 0 where its clock was known, NaN while nobody knows when it closed. */
  shiftOf(key: number, time: FrameTime): number;
  /** When it closed, whole ms UTC; null while nobody knows. */
  closedAt(key: number, time: FrameTime): number | null;
  /** When it closed, whole ms UTC: by its own clock where nobody knows better. */
  placedAt(key: number, time: FrameTime): number;
  /** Lets go of what is in memory: others may have noted more. */
  forget(): void;
}

interface Row {
  at: number;
  mono: number;
  uncertainty: number | null;
  by: TimeSource;
  seal: number;
}

function sealOfAnchor(boot: Id, { mono, at, uncertainty, by }: Omit<Row, "seal">): number {
  return sealOf(["anchor", boot, mono, at, uncertainty ?? "", by]);
}

/** Reads for all, `put` for the one thread that writes, inside its transaction. */
export function openAnchors(db: Sqlite): Anchors {
  const bootOf = db.prepare<[number], Id | null>("select record ->> '$.boot' from epoch where no = ?").pluck();
  const ofBoot = db.prepare<[Id], Row>(
    "select at, mono, uncertainty, told_by as by, seal from anchor where boot = ? order by mono",
  );
  // One that is not as it was written dates nothing.
  const soundOf = (boot: Id) => ofBoot.all(boot).filter((row) => row.seal === sealOfAnchor(boot, row));
  const insert = db.prepare(
    "insert or replace into anchor (boot, mono, at, uncertainty, told_by, seal) values (@boot, @mono, @at, @uncertainty, @by, @seal)",
  );
  const known = new Map<number, ReturnType<typeof datingBy>>();

  function datingAt(key: number): ReturnType<typeof datingBy> {
    const { epochNo } = partsOf(key);
    let dating = known.get(epochNo);
    if (dating === undefined) {
      const boot = bootOf.get(epochNo);
      dating = datingBy(typeof boot === "string" ? soundOf(boot) : []);
      known.set(epochNo, dating);
    }
    return dating;
  }

  function shift(key: number, time: FrameTime): number {
    return time.clock === "unknown" ? shiftOf(time, datingAt(key)(time.mono)) : 0;
  }

  function closedAt(key: number, time: FrameTime): number | null {
    const ms = shift(key, time);
    return Number.isNaN(ms) ? null : Math.round(time.receivedAt) + ms;
  }

  return {
    put(boot, anchor) {
      known.clear();
      const isFirst = soundOf(boot).length === 0;
      insert.run({ boot, ...anchor, seal: sealOfAnchor(boot, anchor) });
      return isFirst;
    },
    shiftOf: shift,
    closedAt,
    placedAt: (key, time) => closedAt(key, time) ?? Math.round(time.receivedAt),
    forget: () => known.clear(),
  };
}
