import type { StreamReport } from "../../cloud/verify/compare.ts";
import type { Report } from "../../cloud/verify/verify.ts";
import { inSeconds } from "./ground.ts";
import type { Kept } from "./witness.ts";

/** What the proof found, beside what `verify` says. */
export interface Found {
  /** Why the product did not get through all blows; null where it did. */
  broke: string | null;
  report: Report;
  kept: Kept;
  /** Between two answers of the PLC in which nothing was done to the edge, ms. */
  longestPause: number;
  /** The longest that the office needed to have everything again, ms. */
  longestDrainMs: number;
}

/** What does not balance, in words; empty where nothing is lost, doubled or changed. */
export function problemsOf({ broke, report, kept }: Found): string[] {
  const some = (names: readonly string[]) =>
    `${names.length} (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`;
  return [
    ...(broke === null ? [] : [broke]),
    ...report.problems,
    ...(report.ticks === null || report.ticks.stored === 0 ? ["the office has no reading of the PLC's counter"] : []),
    ...sumProblems(report.ticks),
    ...(kept.gone.length > 0
      ? [`frames that lay in the rig's journal before a blow, and are gone: ${some(kept.gone)}`]
      : []),
    ...(kept.changed.length > 0 ? [`frames that were changed on their way: ${some(kept.changed)}`] : []),
  ];
}

/**
 * What came of a proof. "loses": what the rig had promised to keep, or what was served, is nowhere and nothing explains it. "fails": it does not
 * balance for another reason, as where it could not drain or start, which says nothing of what the rig's disk kept.
 */
export type Outcome = "balances" | "loses" | "fails";

export function outcomeOf(found: Found): Outcome {
  if (problemsOf(found).length === 0) return "balances";
  const { kept, report } = found;
  const { streams, ticks } = report;
  // An office without any reading lacks all answers, whatever the rig's disk kept.
  const isUnexplained = ticks !== null && ticks.stored > 0 && ticks.unexplained > 0;
  const isNowhere = isUnexplained || streams.some(({ missing }) => missing > 0);
  return kept.gone.length > 0 || isNowhere ? "loses" : "fails";
}

/** Every answer has a line of the balance. `verify` puts each that was served under one count, so this finds a count without a line, and no answer that was lost. */
function sumProblems(ticks: Report["ticks"]): string[] {
  if (ticks === null) return [];
  const { served, found, whileDead, owed, stated, thinned, spoilt, readFailed, unexplained } = ticks;
  const counted = found + whileDead + owed + stated + thinned + spoilt + readFailed + unexplained;
  return counted === served ? [] : [`of ${served} answers ${counted} were accounted for`];
}

/** The balance for people: what was served, stored, doubled, missing and stated as missing, one matter a line. */
export function balanceOf(found: Found): string {
  const problems = problemsOf(found);
  const lines = [...answerLines(found.report), ...frameLines(found), ...timeLines(found)];
  const width = Math.max(...lines.map(([what]) => what.length)) + 2;
  return [
    ...lines.map(([what, value]) => `${what.padEnd(width)}${value}`),
    ...problems.map((problem) => `NOT RIGHT  ${problem}`),
    problems.length === 0 ? "It balances." : "It does NOT balance.",
  ].join("\n");
}

type Line = [what: string, value: string | number];

/** Each answer is stored, or it stands under what explains why not. */
function answerLines({ ticks }: Report): Line[] {
  if (ticks === null) return [];
  const { served, found, whileDead, owed, stated, thinned, spoilt, readFailed, unexplained, doubled, foreign } = ticks;
  return [
    ["answers of the PLCs and the mud logger, each with a number inside", served],
    ["  stored in the office", found],
    ["  missing", unexplained],
    ["  in a gap that the rig stated", stated],
    ["  given while no daemon ran on the rig, or its tick was open", whileDead],
    ["  left out on the rig to make room, within the stated bound", thinned],
    ["  given wrong on purpose", spoilt],
    ["  beside a read that failed, stored as bad with the reason", readFailed],
    ["  on the rig still", owed],
    ["  doubled, or never given", doubled + foreign],
  ];
}

function frameLines({ report: { streams }, kept }: Found): Line[] {
  const sum = (pick: (stream: StreamReport) => number) => streams.reduce((total, one) => total + pick(one), 0);
  const equal = streams.every(({ edgeDigest, cloudDigest }) => edgeDigest === cloudDigest);
  return [
    ["frames that the rig made of all its readings and events", sum(({ made }) => made)],
    ["  stored in the office", sum(({ stored }) => stored)],
    ["  missing", sum(({ missing }) => missing)],
    ["  stated as lost, with the reason", sum(({ lost }) => lost)],
    ["  on the rig still", sum(({ owed }) => owed)],
    ["  doubled", sum(({ doubled }) => doubled)],
    ["  content, the rig's against the office's", equal ? `equal over ${sum(({ both }) => both)}` : "DIFFERENT"],
    ["frames that lay in the rig's journal just before a blow", kept.noted],
    ["  missing afterwards", kept.gone.length],
    ["readings in the office", kept.readings],
  ];
}

function timeLines({ report, longestPause, longestDrainMs }: Found): Line[] {
  return [
    ["no daemon ran on the rig for", `${report.deadSeconds.toFixed(1)} s`],
    ["longest pause of polls while one ran", inSeconds(longestPause)],
    ["longest time until the office had everything again", inSeconds(longestDrainMs)],
  ];
}
