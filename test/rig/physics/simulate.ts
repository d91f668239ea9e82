import type { RigState } from "../../../shared/domain/rig-state.ts";
import { type Fault, isActive } from "../faults/fault.ts";
import { openAilments } from "../faults/process.ts";
import { openSensorFaults } from "../faults/sensor.ts";
import { openProcess, type Process } from "./process.ts";
import { randomOf } from "./random.ts";
import { measure, rigTags } from "./sensors.ts";

export interface SimulationOptions {
  seed: number;
  /** Samples a simulated second; 1 unless told. */
  hz?: number;
  faults?: readonly Fault[];
  /** ft; 9,800 unless told. */
  startDepth?: number;
}

/** One moment of the rig. The same object each time: copy what is to be kept. */
export interface Sample {
  /** Simulated seconds since the start. */
  time: number;
  state: RigState;
  /** What the sensors show, by position in `rigTags`, in the units of the catalogue; NaN where a fault says so. */
  values: Float64Array;
  /** SHOWN, DROPPED or SILENT, by position in `rigTags`. */
  missing: Uint8Array;
  /** The truth behind it, and the names of the faults that are at work. */
  truth: { process: Readonly<Process>; active: readonly string[] };
}

export interface Simulation {
  next(): Sample;
}

/** Longest step that the model takes, s. */
const LONGEST_STEP = 1;
const none: readonly string[] = [];

/** The rig without sockets: pure, seeded, hours in a moment. Faults draw from their own source, so that they change nothing but their own effect. */
export function simulate({ seed, hz = 1, faults = [], startDepth = 9_800 }: SimulationOptions): Simulation {
  const { step } = openProcess(seed, randomOf(seed), startDepth);
  const noise = randomOf(seed ^ 0x5eed5eed);
  const ailments = openAilments(faults, randomOf(seed ^ 0x0fa17000));
  const breakSensors = openSensorFaults(faults, rigTags);
  const values = new Float64Array(rigTags.length);
  const missing = new Uint8Array(rigTags.length);
  const steps = Math.ceil(1 / hz / LONGEST_STEP);
  let time = 0;
  let count = 0;
  return {
    next() {
      for (let i = 1; i < steps; i++) step(1 / hz / steps, ailments(time));
      const now = step(1 / hz / steps, ailments(time));
      count += 1;
      time = count / hz;
      measure(now.process, now.order, noise, values);
      breakSensors(time, values, missing);
      const active = faults.length === 0 ? none : faults.filter((one) => isActive(one, time)).map((one) => one.name);
      return { time, state: now.order.state, values, missing, truth: { process: now.process, active } };
    },
  };
}
