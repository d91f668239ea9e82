import { rigStates } from "../../../shared/domain/rig-state.ts";
import type { Process } from "./process.ts";
import type { Step } from "./program.ts";
import type { Random } from "./random.ts";

/** An instrument: what it sees of the true state, its noise (standard deviation) and its resolution, in the unit of the catalogue. */
interface Instrument {
  name: string;
  see(process: Process, order: Step): number;
  noise?: number;
  resolution: number;
  /** Reads no lower than this; and without noise where there is nothing to see. */
  floor?: 0;
}

/** Instruments on the rig. A live zero (an offset at rest) keeps noise from reading below nothing. */
const instruments: readonly Instrument[] = [
  { name: "depth", see: (p) => p.hole, resolution: 0.01 },
  { name: "bit_depth", see: (p) => p.bit, resolution: 0.01 },
  { name: "block_position", see: (p) => p.block, resolution: 0.01 },
  { name: "hook_load", see: (p) => p.hookLoad, noise: 120, resolution: 50 },
  { name: "wob", see: (p) => p.wob, noise: 120, resolution: 50, floor: 0 },
  { name: "rop", see: (p) => p.ropShown, noise: 0.25, resolution: 0.1, floor: 0 },
  { name: "rpm", see: (p) => p.rpm, noise: 0.15, resolution: 0.1, floor: 0 },
  { name: "torque", see: (p) => p.torque + 150, noise: 40, resolution: 10, floor: 0 },
  { name: "motor_temperature", see: (p) => p.motorTemperature, noise: 0.12, resolution: 0.1 },
  { name: "vibration", see: (p) => 0.3 + 0.95 * shaking(p), noise: 0.04, resolution: 0.01, floor: 0 },
  { name: "vibration_axial", see: (p) => 0.05 + 0.19 * shaking(p), noise: 0.008, resolution: 0.001, floor: 0 },
  { name: "vibration_lateral", see: (p) => 0.04 + 0.16 * shaking(p), noise: 0.008, resolution: 0.001, floor: 0 },
  { name: "vibration_torsional", see: (p) => 0.04 + 0.14 * shaking(p), noise: 0.008, resolution: 0.001, floor: 0 },
  { name: "power_consumption", see: (p) => p.power, noise: 3, resolution: 1, floor: 0 },
  { name: "mud_pressure", see: (p) => p.pressure + 12, noise: 2.4, resolution: 1, floor: 0 },
  { name: "pump_pressure", see: (p) => p.pressure * 1.03 + 12, noise: 2.4, resolution: 1, floor: 0 },
  { name: "mud_flow", see: (p) => p.flow, noise: 0.25, resolution: 0.1, floor: 0 },
  { name: "pump1_spm", see: (p) => p.spm, noise: 0.08, resolution: 0.1, floor: 0 },
  { name: "pump2_spm", see: (p) => p.spm, noise: 0.08, resolution: 0.1, floor: 0 },
  { name: "pump3_spm", see: () => 0, resolution: 0.1, floor: 0 },
  { name: "pump_efficiency", see: (p) => 0.955 * (1 - p.leak), noise: 0.001, resolution: 0.001 },
  { name: "flow_out", see: (p) => p.flowOut, noise: 1.6, resolution: 0.1, floor: 0 },
  { name: "pit_volume", see: (p) => p.pits, noise: 0.12, resolution: 0.1 },
  { name: "pit_gain", see: (p) => p.gain, noise: 0.12, resolution: 0.1 },
  { name: "casing_pressure", see: (p) => 24 + p.flow / 60, noise: 1.3, resolution: 1, floor: 0 },
  { name: "gas", see: (p) => p.gas, noise: 0.015, resolution: 0.01, floor: 0 },
  { name: "mud_density", see: (p) => p.density, noise: 0.008, resolution: 0.01 },
  { name: "mud_density_out", see: (p) => p.densityOut, noise: 0.008, resolution: 0.01 },
  { name: "mud_viscosity", see: (p) => 38 + 60 * (p.density - 10.2), noise: 0.15, resolution: 0.1 },
  { name: "mud_ph", see: (p) => 9.4 + 2 * (p.density - 10.2), noise: 0.01, resolution: 0.01 },
  { name: "mud_temperature", see: (p) => p.mudTemperature, noise: 0.12, resolution: 0.1 },
  { name: "surface_temperature", see: (p) => 6 + 5 * Math.sin(p.time / 13_751), noise: 0.12, resolution: 0.1 },
  { name: "bit_temperature", see: (p) => p.bitTemperature, noise: 0.12, resolution: 0.1 },
  { name: "temperature_lwd", see: (p) => p.bitTemperature - 2.5, noise: 0.12, resolution: 0.1 },
  { name: "gamma_ray", see: (p) => p.rock.gamma, noise: 1.4, resolution: 0.1, floor: 0 },
  { name: "resistivity", see: (p) => p.rock.resistivity, noise: 0.08, resolution: 0.01 },
  { name: "bit_wear", see: (p) => p.wear, resolution: 0.001 },
  { name: "rig_state", see: (_, order) => rigStates.indexOf(order.state), resolution: 1 },
  { name: "in_slips", see: (p) => (p.slips > 0.5 ? 1 : 0), resolution: 1 },
  { name: "topdrive.running", see: (p) => (p.rpm > 1 ? 1 : 0), resolution: 1 },
  { name: "pump1.running", see: (p) => (p.spm > 1 ? 1 : 0), resolution: 1 },
  { name: "pump2.running", see: (p) => (p.spm > 1 ? 1 : 0), resolution: 1 },
  { name: "pump3.running", see: () => 0, resolution: 1 },
  { name: "emergency_stop", see: () => 0, resolution: 1 },
];

/** 1 while drilling as planned: grows with weight and speed. */
function shaking(p: Process): number {
  return (p.rpm / 121) * (0.55 + (0.45 * p.wob) / 18_400);
}

/** What the rig serves, in the order of a sample's values: names of the sensor catalogue, and a few of the rig's own. */
export const rigTags: readonly string[] = instruments.map((one) => one.name);

/** Fills `values` (by position in `rigTags`) with what the instruments show now. Draws as often whatever they see. */
export function measure(process: Process, order: Step, random: Random, values: Float64Array): void {
  for (const [i, one] of instruments.entries()) {
    const seen = one.see(process, order);
    const noise = one.noise === undefined ? 0 : one.noise * random.normal();
    const value = one.floor === undefined ? seen + noise : seen === 0 ? 0 : Math.max(one.floor, seen + noise);
    // Dividing by a whole number gives the nearest double of a decimal resolution; multiplying does not.
    const steps = Math.round(1 / one.resolution);
    values[i] =
      one.resolution < 1 ? Math.round(value * steps) / steps : Math.round(value / one.resolution) * one.resolution;
  }
}
