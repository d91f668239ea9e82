import type { GapEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { addChecksums, noChecksum, sameChecksum } from "../../shared/wire/checksum.ts";
import { isWhole } from "../../shared/wire/held.ts";
import type { HeldState, SeqRange, Stream } from "../../shared/wire/names.ts";
import { countOf, minus, type Ranges, rangesOf, union } from "../../shared/wire/ranges.ts";
import type { CloudStream } from "./cloud-side.ts";
import { digestOfAll, type EdgeStream, type SideFrame } from "./frames.ts";

/** One stream of one epoch, side by side. */
export interface StreamReport {
  epoch: Id;
  stream: Stream;
  /** Frames that the edge gave a name. */
  made: number;
  /** Really there, once each; and how many more than once. */
  stored: number;
  doubled: number;
  lost: number;
  quarantined: number;
  /** Of those that are stored: frames of which the rig left out readings, within a bound. */
  thinned: number;
  expired: number;
  /** Still on the edge, which will send them. */
  owed: number;
  /** Lies on the edge and does not read; what of it the cloud lacks is missing. */
  damaged: number;
  /** Given by the edge, and neither held in any state nor owed. */
  missing: number;
  /** Frames that both sides have, and the digests over them. */
  both: number;
  edgeDigest: string;
  cloudDigest: string;
  /** What does not balance, in words. */
  problems: string[];
}

/**
 * Holds one stream of both sides against each other; either may be absent. `retired` is what disks that do not run any more have of it: the cloud
 * may call that lost, for as long as they are not put back.
 */
export function compareStream(
  edge: EdgeStream | undefined,
  cloud: CloudStream | undefined,
  gaps: readonly GapEvent[],
  retired?: EdgeStream,
): StreamReport {
  const { epoch, stream } = edge ?? cloud ?? { epoch: "", stream: "telemetry" as const };
  const held = cloud?.held ?? [];
  const inState = (...states: HeldState[]) => rangesOf(held.filter(({ state }) => states.includes(state)));
  const [lost, quarantined, expired] = [inState("lost"), inState("quarantined"), inState("expired")];
  const claimed = inState("stored", "thinned");
  const there = rangesOf((cloud?.frames ?? []).map(({ seq }) => ({ first: seq, last: seq })));
  const made = edge?.last ?? cloud?.last ?? 0;
  const all: Ranges = made === 0 ? [] : [{ first: 1, last: made }];
  const owed = minus(owedBy(edge), rangesOf(held));
  const missing = minus(minus(all, rangesOf(held)), owed);
  const explained = rangesOf(
    gaps.flatMap(({ stream: of, frames }) =>
      of === stream && frames?.epoch === epoch ? [{ first: frames.firstSeq, last: frames.lastSeq }] : [],
    ),
  );
  const doubled = (cloud?.frames.length ?? 0) - countOf(there);
  const shared = inBoth(edge?.frames ?? [], cloud?.frames ?? []);
  // Whole on one side and thinned on the other, only the checksum can be compared.
  const same = shared.filter(([mine, theirs]) => mine.thinned === theirs.thinned);
  const [mine, theirs] = [same.map(([frame]) => frame), same.map(([, frame]) => frame)];
  const differing = seqsOf(same.filter(([one, other]) => one.digest !== other.digest));
  const others = seqsOf(shared.filter(([one, other]) => !sameChecksum(one.checksum, other.checksum)));
  const thinned = rangesOf(
    (cloud?.frames ?? []).flatMap(({ seq, thinned: bound }) => (bound === null ? [] : [{ first: seq, last: seq }])),
  );

  const problems: string[] = [];
  const tell = (ranges: Ranges, what: string) => {
    if (ranges.length > 0) problems.push(`${what}: ${textOf(ranges)}`);
  };
  tell(missing, "made and neither held nor owed");
  tell(minus(claimed, there), "held as stored and not there");
  tell(minus(there, union(claimed, quarantined)), "there and not held as stored");
  tell(minus(minus(lost, explained), owedBy(retired)), "lost without a gap that says why");
  tell(differing, "another content than the edge has");
  tell(minus(others, differing), "another checksum than the edge has");
  tell(minus(thinned, inState("thinned")), "thinned and not held as thinned");
  tell(minus(inState("thinned"), thinned), "held as thinned and not thinned");
  if (doubled > 0) problems.push(`${doubled} frames are stored more than once`);
  if (edge === undefined && countOf(rangesOf(held)) > 0) problems.push("held, and the edge knows no such epoch");
  if (edge !== undefined) {
    tell(minus(rangesOf(held), all), "held and never given by the edge");
    tell(
      minus(edge.freed, rangesOf(held.filter(({ state }) => isWhole(state) || state === "thinned"))),
      "freed by the edge and not stored",
    );
  }
  tell(wrongSums(cloud), "stored, with another checksum than what is held says");
  tell(backwards(cloud?.frames ?? []), "monotonic time goes back");
  return {
    epoch,
    stream,
    made,
    stored: countOf(there),
    doubled,
    lost: countOf(lost),
    quarantined: countOf(quarantined),
    thinned: countOf(thinned),
    expired: countOf(expired),
    owed: countOf(owed),
    damaged: countOf(edge?.damaged ?? []),
    missing: countOf(missing),
    both: mine.length,
    edgeDigest: digestOfAll(mine),
    cloudDigest: digestOfAll(theirs),
    problems,
  };
}

/** Frames that lie on the edge and were not freed. */
export function owedBy(edge: EdgeStream | undefined): Ranges {
  return minus(rangesOf((edge?.frames ?? []).map(({ seq }) => ({ first: seq, last: seq }))), edge?.freed ?? []);
}

/** Frames that both have, by seq, once each. */
function inBoth(edge: readonly SideFrame[], cloud: readonly SideFrame[]): [mine: SideFrame, theirs: SideFrame][] {
  const bySeq = new Map(cloud.map((frame) => [frame.seq, frame]));
  return edge.flatMap((mine) => {
    const theirs = bySeq.get(mine.seq);
    return theirs === undefined ? [] : [[mine, theirs] as [SideFrame, SideFrame]];
  });
}

function seqsOf(pairs: readonly [SideFrame, SideFrame][]): SeqRange[] {
  return rangesOf(pairs.map(([{ seq }]) => ({ first: seq, last: seq })));
}

/** Held ranges whose frames do not add up to the checksum that stands beside them. */
function wrongSums(cloud: CloudStream | undefined): SeqRange[] {
  if (cloud === undefined) return [];
  const bySeq = new Map(cloud.frames.map((frame) => [frame.seq, frame]));
  return cloud.held.flatMap((range): SeqRange[] => {
    if (range.state !== "stored" && range.state !== "thinned") return [];
    let sum = noChecksum;
    for (let seq = range.first; seq <= range.last; seq++) {
      const frame = bySeq.get(seq);
      if (frame !== undefined) sum = addChecksums(sum, frame.checksum);
    }
    return sameChecksum(sum, range.checksum) ? [] : [{ first: range.first, last: range.last }];
  });
}

function backwards(frames: readonly SideFrame[]): SeqRange[] {
  const found: SeqRange[] = [];
  for (const [i, frame] of frames.entries()) {
    if (frame.mono < (frames[i - 1]?.mono ?? Number.NEGATIVE_INFINITY))
      found.push({ first: frame.seq, last: frame.seq });
  }
  return rangesOf(found);
}

function textOf(ranges: Ranges): string {
  const shown = ranges.slice(0, 5).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return `${shown.join(", ")}${ranges.length > 5 ? ", …" : ""} (${countOf(ranges)} frames)`;
}
