import { formationOf, type Rock } from "./formation.ts";
import { type Step, startProgram, TARGET } from "./program.ts";
import { type Random, type Wander, wander } from "./random.ts";

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
  gas: number;
  /** Gas without its own wandering. */
  gasBase: number;
  wear: number;
  motorTemperature: number;
  mudTemperature: number;
  bitTemperature: number;
  rock: Rock;
}

export const BLOCK_WEIGHT = 38_000;
/** Gallons a stroke, two pumps. */
export const STROKE_GALLONS = 3.33;
const PIPE_LBF_PER_FT = 16.6;
const BHA_LBF = 32_113;
const HOLE_BBL_PER_FT = 0.0702;
const LOSS_GPM = 4.6;
const LINE_S = 12;
const GALLONS_PER_BBL = 42;
const PITS = { fill: 832, full: 850, bblPerS: 5 / 60 };

const towards = (from: number, to: number, most: number) => from + Math.max(-most, Math.min(most, to - from));
const lag = (from: number, to: number, dt: number, seconds: number) =>
  from + (to - from) * (1 - Math.exp(-dt / seconds));

/** Psi at the standpipe without a leak: bit, string and annulus, each with density × flow². */
export function standpipeOf(density: number, flow: number, bit: number): number {
  return density * flow * flow * (2.36e-4 + 6.07e-8 * bit);
}

export function stringWeightOf(bit: number): number {
  return BLOCK_WEIGHT + BHA_LBF + PIPE_LBF_PER_FT * bit;
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
    gas: 1.8,
    gasBase: 1.8,
    wear: 0.22,
    motorTemperature: 74,
    mudTemperature: 58,
    bitTemperature: 86,
    rock,
  };
}

/** Block, bit, weight and hole: the bit hangs below the block except in the slips, and new hole is what the bit makes. */
function hoist(p: Process, order: Step, wobWander: number, dt: number): void {
  p.slips = towards(p.slips, order.slips ? 1 : 0, dt / 8);
  const before = p.block;
  const drilling = order.wob > 0 && p.onBottom;
  p.wob = drilling ? towards(p.wob, order.wob + wobWander, 900 * dt) : towards(p.wob, 0, 4_000 * dt);
  p.rop =
    drilling && p.rpm > 5 && p.wob > 500
      ? (62 * (p.wob / TARGET.wob) ** 0.8 * (p.rpm / TARGET.rpm) ** 0.6 * (1 - 0.2 * (p.wear - 0.22))) / p.rock.strength
      : 0;
  if (drilling) p.block -= (p.rop / 3_600) * dt;
  else if (order.block && (order.slips ? p.slips === 1 : p.slips === 0 && (p.wob === 0 || order.block.to > p.block)))
    p.block = towards(p.block, order.block.to, order.block.speed * dt);
  if (p.slips === 0) {
    p.bit += before - p.block;
    if (p.bit > p.hole && !drilling) {
      p.block += p.bit - p.hole;
      p.bit = p.hole;
    }
    if (p.bit > p.hole) p.hole = p.bit;
  }
  p.onBottom = p.hole - p.bit < 0.005;
  p.blockSpeed = (p.block - before) / dt;
  p.ropShown = lag(p.ropShown, p.rop, dt, 8);
  p.stringWeight = stringWeightOf(p.bit);
  const drag = p.slips === 0 && !drilling ? 6_000 * Math.tanh(p.blockSpeed * 2) : 0;
  p.hookLoad = BLOCK_WEIGHT + (p.stringWeight - BLOCK_WEIGHT - p.wob + drag) * (1 - p.slips);
  p.wear = Math.min(1, p.wear + (0.004 / 3_600) * dt * (p.wob / TARGET.wob) ** 1.2 * (p.rpm / TARGET.rpm) ** 0.8);
}

function turn(p: Process, order: Step, rpmWander: number, torqueWander: number, dt: number): void {
  p.rpm = towards(p.rpm, order.rpm === 0 ? 0 : order.rpm + rpmWander, 10 * dt);
  const turning = Math.min(1, p.rpm / 30);
  p.torque = turning * (5_400 + 0.348 * p.wob * (0.9 + 0.45 * p.wear) * Math.sqrt(p.rock.strength) + torqueWander);
}

/** Pumps, returns and pits: what the pits lose is in the line, in new hole or in the formation. Returns whether mud is being added. */
function pump(
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

/** Temperatures follow their load with a lag; gas follows the rock and rises for a while after a stop of the pumps. */
function warm(p: Process, gasWander: number, dt: number): void {
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
