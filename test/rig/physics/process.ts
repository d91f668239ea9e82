import { formationOf, type Rock } from "./formation.ts";
import { powerOf, warm } from "./heat.ts";
import { lag } from "./lag.ts";
import { pump, STROKE_GALLONS, standpipeOf } from "./mud.ts";
import { type Step, startProgram, TARGET } from "./program.ts";
import { type Random, type Wander, wander } from "./random.ts";
import { hoist, stringWeightOf, turn } from "./string.ts";

/** What is wrong with the process itself (not with a sensor); 0 everywhere when nothing is. */
export interface Ailment {
  /** Share of the standpipe pressure that a hole in the string takes away. */
  leak: number;
}

/** The true state of rig and well, before any sensor. Units of the sensor catalogue; speeds ft/s. */
export interface Process {
  /** Simulated seconds since the start. */
  time: number;
  hole: number;
  bit: number;
  block: number;
  blockSpeed: number;
  onBottom: boolean;
  /** 0 hanging on the hook, 1 in the slips. */
  slips: number;
  wob: number;
  /** Weight of string, block and top drive in mud when it hangs still, lbf. */
  stringWeight: number;
  hookLoad: number;
  rpm: number;
  torque: number;
  /** True rate of penetration, and the one that the instrument shows (a mean over some seconds). */
  rop: number;
  ropShown: number;
  flow: number;
  spm: number;
  flowOut: number;
  /** bbl in the active pits, and what of its change neither transfers nor new hole explain. */
  pits: number;
  gain: number;
  /** bbl added from the reserve since the start, and lost to new hole and into the formation. */
  added: number;
  lost: number;
  density: number;
  densityOut: number;
  pressure: number;
  /** Share of the pressure that a washout takes away. */
  leak: number;
  /** kW, as a meter shows it that takes the mean of some seconds. */
  power: number;
  gas: number;
  /** Gas without its own wandering. */
  gasBase: number;
  wear: number;
  motorTemperature: number;
  mudTemperature: number;
  bitTemperature: number;
  rock: Rock;
}

/** A rig that drills at `startDepth` when it begins. `step` moves it on by dt seconds (at most 1) and gives the same object back. */
export function openProcess(seed: number, random: Random, startDepth: number) {
  const formation = formationOf(seed);
  const program = startProgram();
  const slow: Record<"wob" | "rpm" | "torque" | "density" | "gas" | "flow", Wander> = {
    wob: wander(random, 450, 25),
    rpm: wander(random, 0.5, 15),
    torque: wander(random, 220, 8),
    density: wander(random, 0.012, 1_800),
    gas: wander(random, 0.07, 120),
    flow: wander(random, 1.2, 60),
  };
  const process = begin(startDepth, formation(startDepth));
  let transferring = false;

  function step(dt: number, ailment: Ailment): { process: Process; order: Step } {
    const p = process;
    p.time += dt;
    for (const one of Object.values(slow)) one.step(dt);
    const order = program.step(p, dt);
    p.rock = formation(p.hole);
    hoist(p, order, slow.wob.value, dt);
    turn(p, order, slow.rpm.value, slow.torque.value, dt);
    transferring = pump(p, order, slow, ailment, transferring, dt);
    warm(p, slow.gas.value, dt);
    p.power = lag(p.power, powerOf(p), dt, 3);
    return { process: p, order };
  }
  return { process, step };
}

function begin(depth: number, rock: Rock): Process {
  const stringWeight = stringWeightOf(depth);
  return {
    time: 0,
    hole: depth,
    bit: depth,
    block: 46,
    blockSpeed: 0,
    onBottom: true,
    slips: 0,
    wob: TARGET.wob,
    stringWeight,
    hookLoad: stringWeight - TARGET.wob,
    rpm: TARGET.rpm,
    torque: 11_800,
    rop: 62,
    ropShown: 62,
    flow: TARGET.flow,
    spm: TARGET.flow / 2 / STROKE_GALLONS,
    flowOut: TARGET.flow - 7.6,
    pits: 843.4,
    gain: 0,
    added: 0,
    lost: 0,
    density: 10.2,
    densityOut: 10.28,
    pressure: standpipeOf(10.2, TARGET.flow, depth),
    leak: 0,
    power: 1_330,
    gas: 1.8,
    gasBase: 1.8,
    wear: 0.22,
    motorTemperature: 74,
    mudTemperature: 58,
    bitTemperature: 86,
    rock,
  };
}
