import type { Served } from "./ledger.ts";
import type { TickReading } from "./ticks.ts";

/** Counters that were read while the rig's clock was not known, by its own time, held against when the ledger says that they were served. */
export interface DateReport {
  /** Given a time afterwards; and how far the worst of them lies from the ledger's, ms. */
  dated: number;
  worstMs: number;
  /** Of which nobody knows when they were read. */
  undated: number;
}

/** A ledger is of the same moment as the answer; between them lie a poll and what the office's word was unsure of. */
export const MOST_OFF_MS = 5_000;

export function compareDates(served: readonly Served[], readings: readonly TickReading[]): DateReport {
  const times = new Map<number, number[]>();
  for (const { tick, at } of served) times.set(tick, [...(times.get(tick) ?? []), at]);
  const report: DateReport = { dated: 0, worstMs: 0, undated: 0 };
  for (const { value, at, isProof, timing } of readings) {
    if (isProof || value === null || timing === "own") continue;
    if (timing === "not known") report.undated++;
    else {
      report.dated++;
      const off = Math.min(...(times.get(value) ?? []).map((then) => Math.abs(at - then)));
      if (Number.isFinite(off)) report.worstMs = Math.max(report.worstMs, off);
    }
  }
  return report;
}
