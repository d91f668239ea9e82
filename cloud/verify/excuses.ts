import type { EpochMs } from "../../shared/domain/id.ts";

/** Moments between two others. */
export interface Between {
  from: EpochMs;
  to: EpochMs;
}

/** Spans that explain why something is not stored: no edge ran, the frame still lies on the edge, the edge said that it has nothing of them, or that it thinned them. */
export interface Excuses {
  dead: readonly Between[];
  owed: readonly Between[];
  stated: readonly Between[];
  /** Thinned frames: a reading in them may have been left out if what was kept says the same within its bound. */
  thinned: readonly Between[];
  /** The ledger's last line: it is written once a second, so what a live rig served just after stands in no line yet. Null without one. */
  ledgerTo: EpochMs | null;
}

/** How long after its last line a ledger that is still written may have served without saying so: twice the time between its writes. */
const UNWRITTEN = 2_000;

/** Whether something may have been served too late for the ledger's last line. */
export function isNewer(at: EpochMs, { ledgerTo }: Pick<Excuses, "ledgerTo">): boolean {
  return ledgerTo !== null && at > ledgerTo && at <= ledgerTo + UNWRITTEN;
}

/** Served and not stored: while no edge ran, in a frame that the edge still owes, in a gap that the edge stated, thinned out within the stated bound, beside a read that failed, and for no known reason. */
export interface Unstored {
  whileDead: number;
  owed: number;
  stated: number;
  thinned: number;
  readFailed: number;
  unexplained: number;
}

export function noneUnstored(): Unstored {
  return { whileDead: 0, owed: 0, stated: 0, thinned: 0, readFailed: 0, unexplained: 0 };
}

/** How far a failed read may lie from the answer that it missed: the answer's way, the deadline, and the tick that it rode in. */
const SLACK = 2_500;

/** Counts something that was served at a moment and is not stored under what explains it. `edge` is how long before and after a span it still does, ms; `mayBeLeftOut`: what was kept lies within the bound (left-out.ts). */
export function explaining(
  report: Unstored,
  failedAt: readonly EpochMs[],
  { dead, owed, stated, thinned }: Omit<Excuses, "ledgerTo">,
  edge: number,
): (at: EpochMs, mayBeLeftOut?: boolean) => void {
  const failed = failedAt.toSorted((one, other) => one - other);
  const within = (spans: readonly Between[], at: EpochMs) =>
    spans.some(({ from, to }) => at >= from - edge && at <= to + edge);
  return (at, mayBeLeftOut = false) => {
    if (within(owed, at)) report.owed++;
    else if (within(dead, at)) report.whileDead++;
    else if (within(stated, at)) report.stated++;
    else if (mayBeLeftOut && within(thinned, at)) report.thinned++;
    else if (isNear(failed, at)) report.readFailed++;
    else report.unexplained++;
  };
}

function isNear(sorted: readonly EpochMs[], at: EpochMs): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < at - SLACK) low = middle + 1;
    else high = middle;
  }
  return Math.abs((sorted[low] ?? Number.POSITIVE_INFINITY) - at) <= SLACK;
}
