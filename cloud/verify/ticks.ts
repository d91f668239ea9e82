import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { Served } from "./ledger.ts";

/** A stored reading of a tick counter or of its proof. */
export interface TickReading {
  epoch: Id;
  seq: number;
  /** What stands before the tag's name: which counter it is. */
  device: string;
  isProof: boolean;
  at: EpochMs;
  /** Null where the read failed. */
  value: number | null;
}

/** Moments between two others. */
export interface Between {
  from: EpochMs;
  to: EpochMs;
}

export interface TickReport {
  served: number;
  stored: number;
  /** Stored more often than served. */
  doubled: number;
  /** Counter and proof of one read that do not belong together. */
  false: number;
  /** Stored and never served. */
  foreign: number;
  /** Served and not stored: while the edge was dead, beside a read that failed, and for no known reason. */
  whileDead: number;
  readFailed: number;
  unexplained: number;
}

/** How far apart the two clocks' notes of one read may lie: its answer's way, and the tick that it rode in. */
const SLACK = 2_500;

/** What the proof shows while the counter shows `tick` (unsigned 32 bits). */
export function floatOfTick(tick: number): number {
  return (Math.imul(tick, 2_654_435_761) >>> 8) / 256;
}

/** Holds what was served against what is stored. Every stored value tells which tick it came from. */
export function compareTicks(
  served: readonly Served[],
  readings: readonly TickReading[],
  dead: readonly Between[],
): TickReport {
  const counters = readings.filter((reading) => !reading.isProof);
  const good = counters.flatMap(({ value }) => (value === null ? [] : [value]));
  const failed = counters
    .filter(({ value }) => value === null)
    .map(({ at }) => at)
    .sort((one, other) => one - other);
  const stored = countOf(good);
  const all = new Map<number, Served[]>();
  for (const one of served) all.set(one.tick, [...(all.get(one.tick) ?? []), one]);

  const report: TickReport = {
    served: served.length,
    stored: good.length,
    doubled: 0,
    false: falseProofs(readings),
    foreign: 0,
    whileDead: 0,
    readFailed: 0,
    unexplained: 0,
  };
  for (const [tick, count] of stored) {
    const times = all.get(tick)?.length ?? 0;
    if (times === 0) report.foreign += count;
    else report.doubled += Math.max(0, count - times);
  }
  for (const [tick, times] of all) {
    // A misbehaving answer need not have become a reading.
    const wanted = times.filter((one) => !one.spoilt);
    const lacking = wanted.length - (stored.get(tick) ?? 0);
    for (const one of wanted.slice(0, Math.max(0, lacking))) {
      if (dead.some(({ from, to }) => one.at >= from - SLACK && one.at <= to + SLACK)) report.whileDead++;
      else if (isNear(failed, one.at)) report.readFailed++;
      else report.unexplained++;
    }
  }
  return report;
}

function countOf(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
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
