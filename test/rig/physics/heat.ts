import { lag } from "./lag.ts";
import type { Process } from "./process.ts";
import { TARGET } from "./program.ts";

/** Temperatures follow their load with a lag; gas follows the rock and rises for a while after a stop of the pumps. */
export function warm(p: Process, gasWander: number, dt: number): void {
  const load = (p.torque / 11_800) ** 2 * Math.min(1, p.rpm / 60);
  p.motorTemperature = lag(p.motorTemperature, 34 + 40 * load, dt, 700);
  const flowing = p.flow / TARGET.flow;
  p.mudTemperature = lag(p.mudTemperature, 47 + 11 * flowing, dt, 2_400);
  const ground = 20 + 0.0076 * p.bit;
  p.bitTemperature = lag(p.bitTemperature, ground - 12 * flowing + 4 * load, dt, 900);
  const background = p.rock.gas * (0.4 + (0.6 * p.ropShown) / 60) + (flowing < 0.5 ? 1.1 : 0);
  p.gasBase = lag(p.gasBase, background, dt, 240);
  p.gas = p.gasBase + gasWander;
}

/** kW of top drive, pumps, drawworks and the rest of the rig. */
export function powerOf(p: Process): number {
  const topDrive = (p.torque * p.rpm) / 5_252;
  const pumps = (p.pressure * p.flow) / 1_714 / 0.88;
  const hoisting = Math.max(0, p.blockSpeed * p.hookLoad) / 550;
  return 190 + 0.746 * (topDrive + pumps + hoisting);
}
