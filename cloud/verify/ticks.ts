import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { Timing } from "../../shared/domain/reading.ts";
import { type Excuses, explaining, isNewer, noneUnstored, type Unstored } from "./excuses.ts";
import type { Ledger, Served } from "./ledger.ts";
import { type Kept, leavingOut } from "./left-out.ts";

/** A stored reading of a counter; its value is null where the read failed. */
export type Counted = Kept;

/** A stored reading of a tick counter or of its proof. */
export interface TickReading extends Counted {
  epoch: Id;
  seq: number;
  /** What stands before the tag's name: which counter it is. */
  device: string;
  isProof: boolean;
  /** The time is the source's own: a change that a subscription told. Else it was asked for. */
  atSource: boolean;
  /** How well `at` is known: of a time that is not it is what the rig's clock said. */
  timing: Timing;
}

export interface TickReport extends Unstored {
  served: number;
  /** Readings that the cloud has. */
  stored: number;
  /** Of what was served, what the cloud was found to have: one reading stands for one answer. */
  found: number;
  /** Served wrong on purpose, and not stored. */
  spoilt: number;
  /** Stored more often than served. */
  doubled: number;
  /** Counter and proof of one read that do not belong together. */
  false: number;
  /** Stored and never served. */
  foreign: number;
  /** Stored beyond what the ledger says, from moments after its last line. */
  newer: number;
}

/** From an answer to its frame's close, where a run ends in between: what was read in the open tick dies with it. */
export const POLLED_EDGE = 500;
/** The same for a subscription, whose server tells a change up to a publishing interval after it happened. */
export const SUBSCRIBED_EDGE = 2_000;

/** What the proof shows while the counter shows `tick` (unsigned 32 bits). */
export function floatOfTick(tick: number): number {
  return (Math.imul(tick, 2_654_435_761) >>> 8) / 256;
}

/** Holds what was served against what is stored. Every stored value tells which tick it came from. */
export function compareTicks(ledger: Ledger, readings: readonly TickReading[], excuses: Excuses): TickReport {
  const counters = readings.filter((reading) => !reading.isProof);
  const subscribed = new Set(counters.filter(({ atSource }) => atSource).map(({ device }) => device));
  const report: TickReport = {
    served: 0,
    stored: counters.filter(({ value }) => value !== null).length,
    found: 0,
    spoilt: 0,
    doubled: 0,
    foreign: 0,
    newer: 0,
    false: falseProofs(readings),
    ...noneUnstored(),
  };
  comparePolled(
    report,
    ledger.served,
    counters.filter(({ device }) => !subscribed.has(device)),
    excuses,
  );
  for (const device of subscribed) {
    compareSubscribed(
      report,
      ledger.shown,
      counters.filter((reading) => reading.device === device),
      excuses,
    );
  }
  return report;
}

/** Each answer with a counter makes one reading. The devices count together: what an answer was for stands in no ledger. */
export function comparePolled(
  report: Omit<TickReport, "false">,
  served: readonly Served[],
  counters: readonly Counted[],
  excuses: Excuses,
): void {
  const stored = countOf(counters);
  const late = countOf(counters.filter(({ at }) => isNewer(at, excuses)));
  const explain = explaining(report, failedAt(counters), excuses, POLLED_EDGE);
  const mayBeLeftOut = leavingOut(counters, POLLED_EDGE);
  const all = new Map<number, Served[]>();
  for (const one of served) all.set(one.tick, [...(all.get(one.tick) ?? []), one]);
  report.served += served.length;
  for (const [tick, count] of stored) {
    const times = all.get(tick)?.length ?? 0;
    const surplus = Math.max(0, count - times);
    const newer = Math.min(surplus, late.get(tick) ?? 0);
    report.newer += newer;
    report[times === 0 ? "foreign" : "doubled"] += surplus - newer;
  }
  for (const [tick, times] of all) {
    // A misbehaving answer need not have become a reading.
    const wanted = times.filter((one) => !one.spoilt);
    const found = Math.min(times.length, stored.get(tick) ?? 0);
    report.found += found;
    report.spoilt += times.length - Math.max(wanted.length, found);
    const lacking = wanted.length - found;
    for (const one of wanted.slice(0, Math.max(0, lacking))) explain(one.at, mayBeLeftOut(tick, one.at));
  }
}

/** Each change is told once, with the source's time; between changes the value that stands may be read again. */
function compareSubscribed(
  report: TickReport,
  shown: Ledger["shown"],
  counters: readonly TickReading[],
  excuses: Excuses,
): void {
  const explain = explaining(report, failedAt(counters), excuses, SUBSCRIBED_EDGE);
  const mayBeLeftOut = leavingOut(counters, SUBSCRIBED_EDGE);
  const known = new Set(shown.map(({ tick }) => tick));
  const stored = new Set<number>();
  const changes = new Set<string>();
  report.served += shown.length;
  for (const { value, at, atSource } of counters) {
    if (value === null) continue;
    stored.add(value);
    if (!known.has(value)) report[isNewer(at, excuses) ? "newer" : "foreign"]++;
    if (!atSource) continue;
    const change = `${value} ${at}`;
    if (changes.has(change)) report.doubled++;
    changes.add(change);
  }
  for (const { at, tick } of shown) {
    if (stored.has(tick)) report.found++;
    else explain(at, mayBeLeftOut(tick, at));
  }
}

/** When the counter was asked for and did not come. */
export function failedAt(counters: readonly Counted[]): EpochMs[] {
  return counters.flatMap(({ value, at }) => (value === null ? [at] : []));
}

function countOf(counters: readonly Counted[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { value } of counters) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function falseProofs(readings: readonly TickReading[]): number {
  const keyOf = ({ epoch, seq, device, at }: TickReading) => `${epoch} ${seq} ${device} ${at}`;
  const proofs = new Map<string, number | null>();
  for (const reading of readings) if (reading.isProof) proofs.set(keyOf(reading), reading.value);
  let wrong = 0;
  for (const reading of readings) {
    if (reading.isProof || reading.value === null) continue;
    const proof = proofs.get(keyOf(reading));
    if (proof !== undefined && proof !== null && proof !== floatOfTick(reading.value)) wrong++;
  }
  return wrong;
}
