import type { CoverageSpan } from "../../shared/domain/api-coverage.ts";
import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { HeldState, SeqRange } from "../../shared/wire/names.ts";
import { intersection, minus } from "../../shared/wire/ranges.ts";
import { undatedSpans } from "./undated.ts";

type CoverageKind = CoverageSpan["kind"];

/** Frames whose seqs follow one another without a hole, by receive time at the rig. */
export interface FrameRun extends SeqRange {
  from: EpochMs;
  to: EpochMs;
  /** They came by backfill, not live. */
  late: boolean;
  /** Their time was worked out after the rig's clock had come right. */
  dated?: boolean;
}

/** What the archive knows of the telemetry of one epoch. */
export interface EpochCoverage {
  epoch: Id;
  /** When its daemon started; null while its record has not landed, or while nobody knows since its clock was not known. */
  startedAt: EpochMs | null;
  /** The epoch before it on its disk; null where there was none or nobody knows. */
  predecessor: Id | null;
  /** Greatest seq that was told of. */
  known: number;
  held: readonly { first: number; last: number; state: HeldState }[];
  /** Sorted by seq. */
  runs: readonly FrameRun[];
  /** Frames that are held and in no run: nobody knows when they were made; for good, if `over`. */
  undated: readonly (SeqRange & { over: boolean })[];
  /** Frames that the archive held and has lost, in part or whole. */
  damaged: readonly SeqRange[];
  /** Of held frames that are thinned, within which bound readings were left out. */
  thinned: readonly (SeqRange & { bound: number })[];
  /** Reasons that gap events give for named frames. */
  gaps: readonly (SeqRange & { reason: string })[];
  /** Spans in which readings of all tags went missing before they got a frame: no seq is missing there. */
  holes: readonly { from: EpochMs; to: EpochMs; reason: string }[];
}

/** Of two things known of one moment the one that stands first is told: a fork that lacks something is not complete. */
const worstFirst: readonly CoverageKind[] = ["missing", "under way", "undated", "thinned", "late", "held", "edge down"];

/** Everything that is known of `from` to `to`, without overlaps, in order; `aliveAt` is until when the rig is known to report, null where it is silent. */
export function coverageOf(
  epochs: readonly EpochCoverage[],
  running: Id | null,
  from: EpochMs,
  to: EpochMs,
  aliveAt: EpochMs | null,
): CoverageSpan[] {
  const known = new Map(epochs.map((epoch) => [epoch.epoch, epoch]));
  const spans = epochs.flatMap((epoch) => {
    const inside = spansWithin(epoch);
    const down = downBefore(epoch, known);
    const holes = epoch.holes.map((hole): CoverageSpan => ({ ...hole, kind: "missing", frames: null }));
    return [...inside, ...holes, ...(down === null ? [] : [down])];
  });
  for (const one of undatedSpans(epochs)) {
    const reason = one.over ? neverDated : "";
    spans.push({ from: one.from ?? from, to: one.to ?? to, kind: "undated", frames: one.frames, reason });
  }
  const current = running === null ? undefined : known.get(running);
  const end = current?.runs.at(-1)?.to;
  if (end !== undefined && aliveAt !== null && aliveAt > end) {
    spans.push({ from: end, to: aliveAt, kind: "under way", frames: null, reason: "" });
  }
  return flatten(spans, from, to);
}

/** Runs, and what lies between them: told of and not held, lost, quarantined. */
function spansWithin(epoch: EpochCoverage): CoverageSpan[] {
  const spans: CoverageSpan[] = [];
  let next = 1;
  let at = epoch.startedAt ?? epoch.runs[0]?.from;
  if (at === undefined) return spans;
  for (const run of epoch.runs) {
    spans.push(...between(epoch, next, run.first - 1, at, run.from));
    spans.push(...partsOf(run, epoch.thinned));
    next = run.last + 1;
    at = run.to;
  }
  // Nobody knows when the frames behind the last one were made: as far from one another as those before them.
  spans.push(...between(epoch, next, epoch.known, at, at + (epoch.known - next + 1) * distanceIn(epoch.runs)));
  return spans;
}

/** A run, cut where its frames are thinned; what was dated afterwards says so. */
function partsOf(run: FrameRun, thinned: EpochCoverage["thinned"]): CoverageSpan[] {
  // A frame lasts until the next one, the last until the run's end.
  const timeOf = (seq: number) =>
    run.from + ((run.to - run.from) * (seq - run.first)) / Math.max(1, run.last - run.first);
  const spanOf = ({ first, last }: SeqRange, kind: CoverageKind, reason: string): CoverageSpan => ({
    ...{ from: Math.round(timeOf(first)), to: last === run.last ? run.to : Math.round(timeOf(last + 1)) },
    ...{ kind, frames: last - first + 1, reason },
  });
  const less = thinned.flatMap((one) => intersection([run], [one]).map((part) => ({ ...part, bound: one.bound })));
  const [kind, dated] = [run.late ? "late" : "held", run.dated ? datedReason : ""] as const;
  if (less.length === 0) return [spanOf(run, kind, dated)];
  return [
    ...minus([run], less).map((part) => spanOf(part, kind, dated)),
    ...less.map((part) => spanOf(part, "thinned", [boundText(part.bound), dated].filter(Boolean).join("; "))),
  ].sort((one, other) => one.from - other.from);
}

/** "within 0.5 % of each tag's band". */
function boundText(bound: number): string {
  return `within ${Number((100 * bound).toPrecision(3))} % of each tag's band, less where it is alarmed`;
}

/** Time from frame to frame in the newest run that has several, ms; a second, the usual tick, where there is none. */
function distanceIn(runs: readonly FrameRun[]): number {
  const newest = runs.findLast(({ first, last, from, to }) => last > first && to > from);
  return newest === undefined ? 1_000 : (newest.to - newest.from) / (newest.last - newest.first);
}

/** The frames `first` to `last`, none of which lies in a run, spread evenly over the time that they can have taken. */
function between(epoch: EpochCoverage, first: number, last: number, from: EpochMs, to: EpochMs): CoverageSpan[] {
  const spans: CoverageSpan[] = [];
  const timeOf = (seq: number) => Math.round(from + ((to - from) * (seq - first)) / (last - first + 1));
  for (let seq = first; seq <= last; ) {
    const here = epoch.held.find((range) => range.last >= seq);
    const covered = here !== undefined && here.first <= seq;
    const damage = epoch.damaged.find((range) => range.last >= seq);
    const hurt = damage !== undefined && damage.first <= seq;
    const unknown = epoch.undated.find((range) => range.last >= seq);
    if (unknown !== undefined && unknown.first <= seq) {
      seq = unknown.last + 1;
      continue;
    }
    const end = Math.min(
      last,
      covered ? here.last : (here?.first ?? last + 1) - 1,
      hurt ? damage.last : (damage?.first ?? last + 1) - 1,
      (unknown?.first ?? last + 1) - 1,
    );
    // Held and in no run: what was stored is not there.
    const gone = covered && (here.state === "stored" || here.state === "thinned");
    const kind = gone || (hurt && !covered) ? "missing" : covered ? kindOf(here.state) : "under way";
    const reason =
      kind !== "missing"
        ? ""
        : gone || hurt
          ? damagedReason(here?.state)
          : reasonOf(epoch, { first: seq, last: end }, here?.state);
    spans.push({ from: timeOf(seq), to: timeOf(end + 1), kind, frames: end - seq + 1, reason });
    seq = end + 1;
  }
  return spans;
}

/** Said of what is held, where its time is not the one that it came with. */
const datedReason = "dated afterwards";
const neverDated = "the rig box was restarted before its clock came right";

function kindOf(state: HeldState): CoverageKind {
  return state === "lost" || state === "quarantined" ? "missing" : "held";
}

function damagedReason(state: HeldState | undefined): string {
  return state === "lost" ? "damaged in the archive; the rig has it no more" : "damaged in the archive";
}

function reasonOf(epoch: EpochCoverage, range: SeqRange, state: HeldState | undefined): string {
  if (state === "quarantined") return "quarantined";
  const gap = epoch.gaps.find((one) => one.first <= range.last && one.last >= range.first);
  return gap?.reason ?? "the rig has it no more";
}

/** From the last frame of the epoch before to the first of this one (or to its start, where the first is not here) nothing was made; where the one before made none at all, it ran and read nothing. */
function downBefore(epoch: EpochCoverage, known: ReadonlyMap<Id, EpochCoverage>): CoverageSpan | null {
  const before = epoch.predecessor === null ? undefined : known.get(epoch.predecessor);
  const from = before?.runs.at(-1)?.to ?? before?.startedAt;
  const first = epoch.runs[0];
  const to = first?.first === 1 ? first.from : (epoch.startedAt ?? first?.from);
  if (from === undefined || from === null || to === undefined || to <= from) return null;
  const ranWithout = before !== undefined && before.known === 0 && before.runs.length === 0;
  return { from, to, kind: "edge down", frames: 0, reason: ranWithout ? "read nothing" : "" };
}

/** Cuts overlapping spans so that each moment has one, and joins neighbours that say the same. */
function flatten(spans: readonly CoverageSpan[], from: EpochMs, to: EpochMs): CoverageSpan[] {
  const inside = spans.filter((span) => span.to > from && span.from < to && span.to > span.from);
  const cuts = new Set([from, to]);
  for (const span of inside) {
    cuts.add(Math.max(from, span.from));
    cuts.add(Math.min(to, span.to));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  const byStart = [...inside].sort((a, b) => a.from - b.from);
  const flat: { span: CoverageSpan; source: CoverageSpan | null }[] = [];
  let open: CoverageSpan[] = [];
  let next = 0;
  for (const [i, start] of edges.entries()) {
    const end = edges[i + 1];
    if (end === undefined) break;
    while (next < byStart.length && (byStart[next]?.from ?? to) <= start) open.push(...byStart.slice(next, ++next));
    open = open.filter((span) => span.to > start);
    const source = worst(open);
    const previous = flat.at(-1);
    if (previous !== undefined && sameAs(previous.span, source)) {
      previous.span.to = end;
      if (previous.source !== source) previous.span.frames = added(previous.span.frames, source?.frames ?? null);
      previous.source = source;
    } else {
      const { kind, frames, reason } = source ?? { kind: "not known" as const, frames: null, reason: "" };
      flat.push({ span: { from: start, to: end, kind, frames, reason }, source });
    }
  }
  return flat.map((one) => one.span);
}

function worst(open: readonly CoverageSpan[]): CoverageSpan | null {
  let found: CoverageSpan | null = null;
  for (const span of open) {
    if (found === null || worstFirst.indexOf(span.kind) < worstFirst.indexOf(found.kind)) found = span;
  }
  return found;
}

function sameAs(span: CoverageSpan, source: CoverageSpan | null): boolean {
  return span.kind === (source?.kind ?? "not known") && span.reason === (source?.reason ?? "");
}

function added(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

/** Everything up to here is stored or accounted for: where the first frame that is still under way was made, else the end of what is held; null while nothing is. */
export function completeTo(epochs: readonly EpochCoverage[]): EpochMs | null {
  let waiting = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const epoch of epochs) {
    for (const span of spansWithin(epoch)) {
      if (span.kind === "under way") waiting = Math.min(waiting, span.from);
      else end = Math.max(end, span.to);
    }
  }
  // What has no time as yet may belong anywhere behind its bound.
  for (const { from, over } of undatedSpans(epochs))
    if (!over) waiting = Math.min(waiting, from ?? Number.NEGATIVE_INFINITY);
  const complete = Math.min(waiting, end);
  return Number.isFinite(complete) ? complete : null;
}
