import type { GapEvent } from "../../shared/domain/event.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { holds } from "../../shared/wire/ranges.ts";
import { type CloudSide, type OpenCloud, openCloud } from "./cloud-side.ts";
import { compareStream, owedBy, type StreamReport } from "./compare.ts";
import { type CompleteReport, completeOf } from "./complete.ts";
import { compareDates, type DateReport, MOST_OFF_MS } from "./dates.ts";
import { oneSide, readEdge, readFreed } from "./edge-side.ts";
import type { Between } from "./excuses.ts";
import type { EdgeStream, SideFrame, SideStream } from "./frames.ts";
import { emptyLedger, type Ledger, readLedger } from "./ledger.ts";
import type { RowReport } from "./row-report.ts";
import { type AnswerReport, openRowCheck, type RowCheck } from "./rows.ts";
import { deadTimes } from "./runs.ts";
import { compareTicks, type TickReport } from "./ticks.ts";

/** What the rig served, what the edge has and what the cloud stored, held against each other. */
export interface Report {
  rig: RigId | null;
  streams: StreamReport[];
  complete: CompleteReport[];
  /** Null without a ledger. */
  ticks: TickReport | null;
  /** What came of frames whose clock was not known; null without a ledger. */
  dates: DateReport | null;
  /** Of a replay: what became of its rows, by device and record type, and of the answers that held them. */
  rows: RowReport[];
  answers: AnswerReport[];
  /** Rows that fit no record type and so were not served. */
  rowsUnfit: number;
  /** Seconds between two runs in which no edge ran. */
  deadSeconds: number;
  problems: string[];
  balanced: boolean;
}

export interface Sources {
  /** The simulated rig's ledger; absent where a real rig has none. */
  ledger?: string;
  /** The edge's journal file; absent where only the cloud is to be looked at. */
  edge?: string;
  /** Journals of the same rig on disks that do not run any more: an old one that was replaced, a clone. */
  disks?: readonly string[];
  /** The cloud's archive file. */
  cloud: string;
}

/** Reads all sides (nothing is written) and compares them. With an edge's journal, the rig is the one that shares an epoch with it. */
export function verify({ ledger, edge, disks = [], cloud }: Sources): Report {
  const journals = edge === undefined ? [] : [edge, ...disks].map((path) => ({ path, freed: readFreed(path) }));
  const archive = openCloud(cloud);
  const read = journals.map(({ path, freed }) => readEdge(path, freed));
  const mine = oneSide(read);
  const retired = oneSide(read.slice(1));
  const checks = new Map<RigId, RowCheck>();
  // The ledger last: of a rig that runs it then tells all but the last second of what the others have.
  const served = ledger === undefined ? emptyLedger() : readLedger(ledger);
  const sides = readSides(archive, served, checks);
  const side = sideOf(sides, mine);
  const both = pairs(mine, side?.streams ?? []);
  const streams = both.map(([ours, theirs]) =>
    compareStream(
      edge === undefined && theirs !== undefined ? asEdge(theirs) : ours,
      theirs,
      side?.gaps ?? [],
      retired.find(({ epoch, stream }) => epoch === ours?.epoch && stream === ours.stream),
    ),
  );
  const { dead, seconds } = deadTimes([...mine, ...(side?.streams ?? [])], side?.ticks ?? [], served.served);
  const excuses = {
    dead,
    owed: owedTimes(mine),
    stated: statedTimes(side?.gaps ?? [], [...mine, ...(side?.streams ?? [])]),
    thinned: thinnedTimes(side?.streams ?? []),
    ledgerTo: served.ended ? null : served.to,
  };
  const ticks = ledger === undefined ? null : compareTicks(served, side?.ticks ?? [], excuses);
  const dates = ledger === undefined ? null : compareDates(served.served, side?.ticks ?? []);
  const check = (side && checks.get(side.rig)) ?? openRowCheck(served);
  const { rows, answers } = check.reports(excuses);
  const problems = [
    ...(streams.some(({ made }) => made > 0) ? [] : ["there is nothing to verify: neither side has a frame"]),
    ...streams.flatMap(({ epoch, stream, problems: found }) => found.map((one) => `${epoch} ${stream}: ${one}`)),
    ...(ticks === null ? [] : tickProblems(ticks)),
    ...(dates === null || dates.worstMs <= MOST_OFF_MS
      ? []
      : [`dates: a reading was dated ${dates.worstMs} ms from when it was served`]),
    ...rows.flatMap(rowProblems),
    ...answers.flatMap(answerProblems),
  ];
  return {
    rig: side?.rig ?? null,
    streams,
    complete: completeOf(both),
    ticks,
    dates,
    rows,
    answers,
    rowsUnfit: served.rowsUnfit,
    deadSeconds: seconds,
    problems,
    balanced: problems.length === 0,
  };
}

function readSides(archive: OpenCloud, served: Ledger, checks: Map<RigId, RowCheck>): CloudSide[] {
  try {
    return archive.read((rig, source, versionOf) => {
      const check = checks.get(rig) ?? openRowCheck(served);
      checks.set(rig, check);
      check.take(source, versionOf);
    });
  } finally {
    archive.close();
  }
}

function sideOf(sides: readonly CloudSide[], edge: readonly EdgeStream[]): CloudSide | undefined {
  const epochs = new Set(edge.map(({ epoch }) => epoch));
  return sides.find(({ streams }) => streams.some(({ epoch }) => epochs.has(epoch))) ?? sides[0];
}

/** Without a journal nothing is known but what the cloud says: only its own contradictions can be found. */
function asEdge(cloud: SideStream): EdgeStream {
  return { ...cloud, freed: [], gone: [], damaged: [] };
}

function pairs<Ours extends SideStream, Theirs extends SideStream>(
  ours: readonly Ours[],
  theirs: readonly Theirs[],
): [Ours | undefined, Theirs | undefined][] {
  const keyOf = ({ epoch, stream }: SideStream) => `${epoch}/${stream}`;
  const keys = new Set([...ours, ...theirs].map(keyOf));
  return [...keys].map((key) => [ours.find((one) => keyOf(one) === key), theirs.find((one) => keyOf(one) === key)]);
}

/** When what frames that the edge still owes hold was read. */
function owedTimes(edge: readonly EdgeStream[]): Between[] {
  return edge.flatMap((one) => {
    const owed = owedBy(one);
    return timesOf(one, ({ seq }) => holds(owed, seq));
  });
}

/** When what thinned frames held was read. Neighbours are one span: there are many. */
function thinnedTimes(streams: readonly SideStream[]): Between[] {
  const spans: Between[] = [];
  for (const span of streams.flatMap((one) => timesOf(one, ({ thinned }) => thinned !== null))) {
    const before = spans.at(-1);
    if (before !== undefined && before.to === span.from) before.to = span.to;
    else spans.push(span);
  }
  return spans;
}

/** Of each of these frames of telemetry, from the close of the one before it, where that is known, to its own. */
function timesOf({ stream, frames }: SideStream, isMeant: (frame: SideFrame) => boolean): Between[] {
  if (stream !== "telemetry") return [];
  return frames.flatMap((frame, i) => {
    const before = frames[i - 1];
    const { seq, receivedAt: to } = frame;
    return isMeant(frame) ? [{ from: before?.seq === seq - 1 ? before.receivedAt : to, to }] : [];
  });
}

/** When what telemetry gaps tell was read: of frames, from the close of the one before them, where a side has it. */
function statedTimes(gaps: readonly GapEvent[], streams: readonly SideStream[]): Between[] {
  const telemetry = streams.filter(({ stream }) => stream === "telemetry");
  return gaps.flatMap(({ stream, frames, from, to }) => {
    if (stream !== "telemetry") return [];
    const closed = telemetry.flatMap(({ epoch, frames: there }) =>
      epoch === frames?.epoch ? there.filter(({ seq }) => seq === frames.firstSeq - 1) : [],
    );
    return [{ from: Math.min(from, ...closed.map(({ receivedAt }) => receivedAt)), to }];
  });
}

function tickProblems(ticks: TickReport): string[] {
  return told("ticks", [
    [ticks.doubled, "readings show a tick more often than it was served"],
    [ticks.foreign, "readings show a tick that was never served"],
    [ticks.false, "readings do not fit their proof"],
    [ticks.unexplained, "ticks were served and are not stored, with no known reason"],
  ]);
}

function rowProblems(report: RowReport): string[] {
  const { device, record, wrong } = report;
  return told(`rows of ${record} by ${device}`, [
    [report.unexplained, "were served and are not stored, with no known reason"],
    [report.doubled, "changes are stored more often than they were told"],
    [report.foreign, "readings show a row that was never served"],
    [report.cellsMissing, "cells of stored rows have no reading"],
    [report.cellsWrong, `readings are not what the row said: ${wrong.join("; ")}`],
  ]);
}

function answerProblems({ record, doubled, foreign, unexplained }: AnswerReport): string[] {
  return told(`answers with rows of ${record}`, [
    [doubled, "readings show a count more often than it was served"],
    [foreign, "readings show a count that was never served"],
    [unexplained, "were given and are not stored, with no known reason"],
  ]);
}

function told(what: string, counts: readonly [number, string][]): string[] {
  return counts.filter(([count]) => count > 0).map(([count, problem]) => `${what}: ${count} ${problem}`);
}
