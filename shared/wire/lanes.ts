import type { Id } from "../domain/id.ts";
import type { Claims } from "./claims.ts";
import type { FrameSet } from "./frame-set.ts";
import type { InFlight } from "./inflight.ts";
import type { Lane, SeqRange, Stream } from "./names.ts";
import type { Owed } from "./owed.ts";
import { intersection, minus, type Ranges } from "./ranges.ts";
import type { Requested } from "./requested.ts";
import type { OwedRun } from "./sender-facts.ts";
import type { SenderLimits } from "./sender-io.ts";

/** What may go next in a lane. */
export interface Choice extends SeqRange {
  lane: Lane;
  epoch: Id;
  stream: Stream;
  dictionary: Id | null;
  /** The request that it goes for where it would else be held back. */
  request: Id | null;
}

interface Books {
  owed: Owed;
  inFlight: InFlight;
  claims: Claims;
  /** What the encoder could not give. */
  skipped: FrameSet;
  /** What the cloud's version cannot read. */
  refused: FrameSet;
  /** Dictionaries that the cloud does not read. */
  unread: ReadonlySet<Id>;
  /** What the office asks for. */
  requested: Requested;
  limits: SenderLimits;
}

/**
 * The order in which frames go: records, tag versions and dictionaries of any epoch; events of the running epoch;
 * events of others; live, newest first; backfill, what the office asked for first, then oldest first. A lane that has no room lets later ones wait too.
 */
export function nextChoice(books: Books, now: number): Choice | null {
  return nextEvents(books) ?? nextLive(books, now) ?? nextAsked(books, now) ?? nextBackfill(books);
}

/** The newest tick of the running epoch, to be shown while live is held back; null where it is not owed or nobody could read it. */
export function nextPreview(books: Books): Choice | null {
  const { owed, inFlight, limits } = books;
  if (inFlight.unacknowledged >= 2 * limits.transportBytes) return null;
  const run = owed.runsOf(owed.running, "telemetry").at(-1);
  if (run === undefined || !isReady(books, run)) return null;
  return run.last < owed.epochOf(owed.running).last.telemetry ? null : chosen("live", { ...run, first: run.last });
}

/** What of a stream is under way, claimed by the cloud, or not to be sent. */
function busyOf({ inFlight, claims, skipped, refused }: Books, epoch: Id, stream: Stream): Ranges[] {
  const sent = [inFlight.ofStream(epoch, stream), claims.ofStream(epoch, stream)];
  return [...sent, skipped.of(epoch, stream), refused.of(epoch, stream)];
}

/** The first frames of a stream that may be sent, of the runs that `wanted` says yes to, and of those frames `among` these where they are told. */
function oldest(
  books: Books,
  epoch: Id,
  stream: Stream,
  wanted: (run: OwedRun) => boolean,
  among?: readonly SeqRange[],
): OwedRun | undefined {
  let busy: Ranges[] | null = null;
  for (const run of books.owed.runsOf(epoch, stream)) {
    if (!wanted(run)) continue;
    const asked = among === undefined ? [run] : intersection([run], among);
    if (asked.length === 0) continue;
    busy ??= busyOf(books, epoch, stream);
    const [left] = busy.reduce<SeqRange[]>(minus, asked);
    if (left !== undefined) return { ...run, ...left };
  }
  return undefined;
}

/** The last ones. */
function newest(books: Books, epoch: Id, stream: Stream, wanted: (run: OwedRun) => boolean): OwedRun | undefined {
  let busy: Ranges[] | null = null;
  const runs = books.owed.runsOf(epoch, stream);
  for (let i = runs.length - 1; i >= 0; i--) {
    const run = runs[i];
    if (run === undefined || !wanted(run)) continue;
    busy ??= busyOf(books, epoch, stream);
    const left = busy.reduce<SeqRange[]>(minus, [run]).at(-1);
    if (left !== undefined) return { ...run, ...left };
  }
  return undefined;
}

function chosen(lane: Lane, run: OwedRun, request: Id | null = null): Choice {
  const { epoch, stream, dictionary, first, last } = run;
  return { lane, epoch, stream, dictionary, first, last, request };
}

function nextEvents(books: Books): Choice | null {
  const { owed, inFlight, limits } = books;
  if (inFlight.unacknowledged >= 2 * limits.transportBytes) return null;
  const epochs = owed.epochsOwing("events");
  for (const epoch of epochs) {
    const run = oldest(books, epoch, "events", (each) => each.foundation);
    if (run !== undefined) return chosen("events", run);
  }
  for (const epoch of [owed.running, ...epochs]) {
    const run = oldest(books, epoch, "events", () => true);
    if (run !== undefined) return chosen("events", run);
  }
  return null;
}

function nextLive(books: Books, now: number): Choice | null {
  const { owed, inFlight, limits } = books;
  if (limits.previewMs !== null || now < inFlight.dueAt("live", limits.liveMs)) return null;
  if (inFlight.bytes >= limits.windowBytes || inFlight.unacknowledged >= 2 * limits.transportBytes) return null;
  const from = oldestLive(books);
  const run = newest(books, owed.running, "telemetry", (each) => each.last >= from && isReady(books, each));
  if (run === undefined || run.last < from) return null;
  return chosen("live", { ...run, first: Math.max(run.first, from) });
}

/** Of what the office asked for, the request that came first and its oldest frames; past what the policy holds back as far as each request's bytes go. */
function nextAsked(books: Books, now: number): Choice | null {
  const { owed, requested, limits } = books;
  if (requested.isIdle || !hasBackfillRoom(books)) return null;
  const gathered = gatheredFrom(books);
  for (const asked of requested.spans(now)) {
    if (!limits.backfill && !requested.mayGo(asked, limits)) continue;
    for (const epoch of owed.epochsOwing("telemetry")) {
      const before = epoch === owed.running ? gathered - 1 : Number.POSITIVE_INFINITY;
      const frames = intersection(asked.frames.of(epoch, "telemetry"), [{ first: 1, last: before }]);
      if (frames.length === 0) continue;
      const run = oldest(books, epoch, "telemetry", (each) => isReady(books, each), frames);
      if (run !== undefined) return chosen("backfill", run, limits.backfill ? null : asked.request.request);
    }
  }
  return null;
}

function nextBackfill(books: Books): Choice | null {
  const { owed, limits } = books;
  if (!limits.backfill || !hasBackfillRoom(books)) return null;
  const gathered = gatheredFrom(books);
  for (const epoch of owed.epochsOwing("telemetry")) {
    const run = oldest(books, epoch, "telemetry", (each) => isReady(books, each));
    if (run === undefined || (epoch === owed.running && run.first >= gathered)) continue;
    return chosen("backfill", epoch === owed.running ? { ...run, last: Math.min(run.last, gathered - 1) } : run);
  }
  return null;
}

/** A quarter of the window stays free, so that backfill never keeps live waiting for a receipt. */
function hasBackfillRoom({ inFlight, limits }: Books): boolean {
  const room = inFlight.bytes === 0 || inFlight.bytes + limits.batchBytes <= 0.75 * limits.windowBytes;
  return room && inFlight.unacknowledged < limits.transportBytes;
}

/** What live gathers for its next batch is left to it, unless live is held back. */
function gatheredFrom(books: Books): number {
  const { liveMs, previewMs } = books.limits;
  return liveMs > 0 && previewMs === null ? oldestLive(books) : Number.POSITIVE_INFINITY;
}

function oldestLive({ owed, limits }: Books): number {
  return owed.epochOf(owed.running).last.telemetry - limits.liveFrames + 1;
}

function isReady({ owed, unread }: Books, { dictionary }: OwedRun): boolean {
  return dictionary === null || (owed.isReady(dictionary) && !unread.has(dictionary));
}
