import { type ClockAnchor, datingBy } from "../../shared/domain/dating.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { FrameTimes } from "../../shared/wire/frame-table.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { holds, minus } from "../../shared/wire/ranges.ts";
import { type Anchors, anchorsOf } from "./anchors.ts";
import { type DatingRow, isUnknown, stretchOf, timeSources, type UnknownClock } from "./dating.ts";
import { insertSql, sealSql, soundSql } from "./schema.ts";

/** The table of frames whose clock was not known; for the one writer, inside its transaction. Rigs and epochs by their numbers. */
export interface DatingRows {
  /** Notes those of these frames whose clock was not known, dated where their boot's true time has been told. Whether any of them is undated; for good if `over`. */
  land(
    rig: number,
    epoch: number,
    frames: { first: number; times: FrameTimes },
    ranges: readonly SeqRange[],
    over?: boolean,
  ): boolean;
  /** Whether anything waits to be dated. */
  someWait(rig: number): boolean;
  /** Dates what waits and can be dated now; gives it by epoch. `anew`: what several anchors date is waiting no more, and is to be landed again. */
  date(rig: number): { epoch: number; ranges: SeqRange[]; anew: SeqRange[] }[];
  /** What waits of an epoch for which `isOver` stays undated. */
  giveUp(rig: number, isOver: (epoch: number) => boolean): void;
  anchors: Anchors;
}

type Stored = Omit<DatingRow, "epoch" | "sound"> & { epoch: number };

export function datingRows(db: Sqlite): DatingRows {
  const anchors = anchorsOf(db);
  const put = db.prepare(insertSql("dating"));
  const columns = "epoch, first, last, from_mono, to_mono, at, mono, uncertainty, told_by, over";
  const near = db.prepare<[number, number, number, number], Stored>(
    `select ${columns} from dating where rig = ? and epoch = ? and first <= ? and last >= ? order by first`,
  );
  const waiting = db.prepare<[number], Stored>(
    `select ${columns} from dating indexed by dating_waiting where rig = ? and at is null and over = 0 and ${soundSql("dating")} order by epoch, first`,
  );
  const some = db.prepare<[number], number>(
    "select 1 from dating indexed by dating_waiting where rig = ? and at is null and over = 0 limit 1",
  );
  const told = { at: "@at", mono: "@mono", uncertainty: "@uncertainty", told_by: "@told_by" };
  const where = "where rig = @rig and epoch = @epoch and first = @first";
  const tell = db.prepare(
    `update dating set at = @at, mono = @mono, uncertainty = @uncertainty, told_by = @told_by, seal = ${sealSql("dating", told)} ${where}`,
  );
  const remove = db.prepare(`delete from dating ${where}`);
  const end = db.prepare(`update dating set over = 1, seal = ${sealSql("dating", { over: "1" })} ${where}`);
  const extend = db.prepare(
    `update dating set last = @last, to_mono = @to_mono, seal = ${sealSql("dating", { last: "@last", to_mono: "@to_mono" })} ${where}`,
  );

  /** What a boot was told, asked once for all of its stretches. */
  function anchorFor(rig: number): (epoch: number, mono: number) => ClockAnchor | null {
    const known = new Map<number, ReturnType<typeof datingBy>>();
    return (epoch, mono) => {
      let dating = known.get(epoch);
      if (dating === undefined) {
        const boot = anchors.bootOf(epoch);
        dating = datingBy(boot === null ? [] : anchors.of(rig, boot));
        known.set(epoch, dating);
      }
      return dating(mono);
    };
  }

  function store(rig: number, epoch: number, stretch: UnknownClock): void {
    const { first, last, fromMono: from_mono, toMono: to_mono } = stretch;
    const before = near.all(rig, epoch, first - 1, first - 1)[0];
    // One clock goes on, and is told of in one row.
    if (
      before !== undefined &&
      (before.over === 1) === stretch.over &&
      isSame(stretchOf(before).anchor, stretch.anchor)
    )
      extend.run({ rig, epoch, first: before.first, last, to_mono });
    else
      put.run({
        rig,
        epoch,
        first,
        last,
        from_mono,
        to_mono,
        over: stretch.over ? 1 : 0,
        ...columnsOf(stretch.anchor),
      });
  }

  return {
    anchors,
    land(rig, epoch, { first, times }, ranges, over = false) {
      const stretches = stretchesOf(first, times, ranges);
      if (stretches.length === 0) return false;
      const lastSeq = first + times.clock.length - 1;
      const known = near.all(rig, epoch, lastSeq, first);
      const anchorAt = anchorFor(rig);
      let undated = false;
      for (const one of stretches.flatMap((one) => without(one, known, times, first)))
        for (const stretch of byAnchor(one, first, times, (mono) => anchorAt(epoch, mono))) {
          undated ||= stretch.anchor === null;
          store(rig, epoch, { ...stretch, over: over && stretch.anchor === null });
        }
      return undated;
    },
    someWait: (rig) => some.get(rig) !== undefined,
    date(rig) {
      const anchorAt = anchorFor(rig);
      const dated = new Map<number, { ranges: SeqRange[]; anew: SeqRange[] }>();
      for (const { epoch, first, last, from_mono, to_mono } of waiting.all(rig)) {
        const anchor = anchorAt(epoch, from_mono);
        if (anchor === null) continue;
        const here = dated.get(epoch) ?? { ranges: [], anew: [] };
        dated.set(epoch, here);
        here.ranges.push({ first, last });
        // What dates both ends dates all between: a surer word takes the place of another for good.
        if (isSame(anchor, anchorAt(epoch, to_mono))) tell.run({ rig, epoch, first, ...columnsOf(anchor) });
        else {
          here.anew.push({ first, last });
          remove.run({ rig, epoch, first });
        }
      }
      return [...dated].map(([epoch, here]) => ({ epoch, ...here }));
    },
    giveUp(rig, isOver) {
      for (const { epoch, first } of waiting.all(rig)) if (isOver(epoch)) end.run({ rig, epoch, first });
    },
  };
}

function columnsOf(anchor: ClockAnchor | null) {
  if (anchor === null) return { at: null, mono: null, uncertainty: null, told_by: null };
  const { at, mono, uncertainty, by } = anchor;
  return { at, mono, uncertainty, told_by: timeSources.indexOf(by) };
}

function isSame(one: ClockAnchor | null, other: ClockAnchor | null): boolean {
  return one?.at === other?.at && one?.mono === other?.mono;
}

/** Frames whose clock was not known, in stretches that follow one another without a hole. */
function stretchesOf(first: number, { clock, mono }: FrameTimes, ranges: readonly SeqRange[]): UnknownClock[] {
  const found: UnknownClock[] = [];
  for (let f = 0; f < clock.length; f++) {
    const seq = first + f;
    if (!isUnknown(clock[f] ?? 0) || !holds(ranges, seq)) continue;
    const at = mono[f] ?? 0;
    const before = found.at(-1);
    if (before?.last === seq - 1) [before.last, before.toMono] = [seq, at];
    else found.push({ first: seq, last: seq, anchor: null, over: false, fromMono: at, toMono: at });
  }
  return found;
}

/** A stretch, cut where another anchor begins. */
function byAnchor(
  stretch: UnknownClock,
  first: number,
  { mono }: FrameTimes,
  anchorAt: (mono: number) => ClockAnchor | null,
): UnknownClock[] {
  const parts: UnknownClock[] = [];
  for (let seq = stretch.first; seq <= stretch.last; seq++) {
    const at = mono[seq - first] ?? 0;
    const anchor = anchorAt(at);
    const before = parts.at(-1);
    if (before !== undefined && isSame(before.anchor, anchor)) [before.last, before.toMono] = [seq, at];
    else parts.push({ ...stretch, first: seq, last: seq, anchor, fromMono: at, toMono: at });
  }
  return parts;
}

/** What of a stretch is not yet known: a frame that lands again keeps the time that it was given. */
function without(
  stretch: UnknownClock,
  known: readonly SeqRange[],
  { mono }: FrameTimes,
  first: number,
): UnknownClock[] {
  const monoOf = (seq: number) => mono[seq - first] ?? 0;
  return minus([stretch], known).map((range) => ({
    ...stretch,
    ...range,
    fromMono: monoOf(range.first),
    toMono: monoOf(range.last),
  }));
}
