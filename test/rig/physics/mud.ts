import { lag, towards } from "./lag.ts";
import type { Ailment, Process } from "./process.ts";
import { type Step, TARGET } from "./program.ts";
import type { Wander } from "./random.ts";

/** Gallons a stroke, two pumps. */
export const STROKE_GALLONS = 3.33;
const HOLE_BBL_PER_FT = 0.0702;
const LOSS_GPM = 4.6;
const LINE_S = 12;
const GALLONS_PER_BBL = 42;
const PITS = { fill: 832, full: 850, bblPerS: 5 / 60 };

/** Psi at the standpipe without a leak: bit, string and annulus, each with density × flow². */
export function standpipeOf(density: number, flow: number, bit: number): number {
  return density * flow * flow * (2.36e-4 + 6.07e-8 * bit);
}

/** Pumps, returns and pits: what the pits lose is in the line, in new hole or in the formation. Returns whether mud is being added. */
export function pump(
  p: Process,
  order: Step,
  slow: Record<"density" | "flow", Wander>,
  ailment: Ailment,
  transferring: boolean,
  dt: number,
): boolean {
  p.flow = Math.max(0, towards(p.flow, order.pumps ? TARGET.flow + slow.flow.value : 0, 21 * dt));
  p.spm = p.flow / 2 / STROKE_GALLONS;
  const hole = p.onBottom ? (p.rop * HOLE_BBL_PER_FT * GALLONS_PER_BBL) / 60 : 0;
  const loss = (LOSS_GPM * p.flow) / TARGET.flow;
  const before = p.flowOut;
  p.flowOut = lag(before, Math.max(0, p.flow - hole - loss), dt, LINE_S);
  const minutes = dt / 60;
  const added = transferring ? PITS.bblPerS * dt : 0;
  // The line holds flowOut × LINE_S: what flows into the pits is what left the well less what the line kept.
  const kept = ((p.flowOut - before) * LINE_S) / 60;
  const returned = Math.max(0, p.flow - hole - loss) * minutes - kept;
  p.pits += (returned - p.flow * minutes) / GALLONS_PER_BBL + added;
  p.gain -= kept / GALLONS_PER_BBL;
  p.added += added;
  p.lost += (Math.min(p.flow, hole + loss) * minutes) / GALLONS_PER_BBL;
  p.density = 10.2 + slow.density.value;
  const cuttings = 0.08 * Math.min(1.5, p.ropShown / 62);
  if (p.flow > 50) p.densityOut = lag(p.densityOut, p.density + cuttings, dt, 600);
  p.leak = ailment.leak;
  p.pressure = standpipeOf(p.density, p.flow, p.bit) * (1 - p.leak);
  return transferring ? p.pits < PITS.full : p.pits < PITS.fill;
}
