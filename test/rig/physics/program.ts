import type { RigState } from "../../../shared/domain/rig-state.ts";
import type { Process } from "./process.ts";

/** What the driller asks of the rig for a while, and what ends it. */
export interface Step {
  state: RigState;
  pumps: boolean;
  /** rpm */
  rpm: number;
  /** Weight on bit that the autodriller holds, lbf; 0 when the block is moved instead. */
  wob: number;
  slips: boolean;
  /** Where the block goes, ft above the floor, and how fast, ft/s. */
  block?: { to: number; speed: number };
  done(process: Process, seconds: number): boolean;
}

export const TARGET = { wob: 18_400, rpm: 121, flow: 612 };
const TOP = 97;
const BOTTOM = 4;
const OFF_BOTTOM = BOTTOM + 14;
const STANDS_TO_TRIP = 6;
const TRIP_STANDS = 5;

const rest = { pumps: false, rpm: 0, wob: 0, slips: false } as const;
const at = (to: number) => (process: Process) => Math.abs(process.block - to) < 0.01;

const drill: Step = {
  ...rest,
  state: "rotary drilling",
  pumps: true,
  rpm: TARGET.rpm,
  wob: TARGET.wob,
  done: (process) => process.block <= BOTTOM,
};

function circulate(seconds: number): Step {
  return {
    ...rest,
    state: "circulating",
    pumps: true,
    rpm: 60,
    block: { to: OFF_BOTTOM, speed: 0.4 },
    done: (_, since) => since >= seconds,
  };
}

function pumpsOff(state: RigState): Step {
  return { ...rest, state, done: (process, since) => since >= 45 && process.flow < 1 };
}

function slips(to: number, seconds: number, speed: number): Step {
  return {
    ...rest,
    state: "in slips",
    slips: true,
    block: { to, speed },
    done: (process, since) => since >= seconds && at(to)(process),
  };
}

const turning = { ...rest, state: "connection", pumps: true, rpm: TARGET.rpm } as const;
const pumpsOn: Step = { ...turning, done: (process, since) => since >= 40 && process.flow > 0.99 * TARGET.flow };

function washDown(): Step[] {
  return [pumpsOn, { ...turning, block: { to: OFF_BOTTOM, speed: 0.4 }, done: at(OFF_BOTTOM) }];
}

/** Out of the slips, pumps and rotary up, down to bottom, weight on: drilling begins when all of it stands. */
function backToBottom(): Step[] {
  return [
    pumpsOn,
    { ...turning, block: { to: 0, speed: 0.4 }, done: (process) => process.onBottom },
    { ...turning, wob: TARGET.wob, done: (process) => process.wob > 0.8 * TARGET.wob && process.ropShown > 30 },
  ];
}

function connection(): Step[] {
  return [circulate(90), pumpsOff("connection"), slips(TOP, 170, 1), ...backToBottom()];
}

/** Bottoms up, some stands out and in again: the hole is wiped, the rig serviced in between. */
function shortTrip(): Step[] {
  const pull = (): Step[] => [
    { ...rest, state: "tripping out", block: { to: TOP, speed: 1.5 }, done: at(TOP) },
    slips(BOTTOM, 75, 2.5),
  ];
  const run = (): Step[] => [
    slips(TOP, 75, 2.5),
    { ...rest, state: "tripping in", block: { to: BOTTOM, speed: 1.5 }, done: at(BOTTOM) },
  ];
  const stands = Array.from({ length: TRIP_STANDS });
  return [
    circulate(900),
    pumpsOff("connection"),
    ...stands.flatMap(pull),
    { ...rest, state: "idle", slips: true, done: (_, since) => since >= 300 },
    ...stands.slice(1).flatMap(run),
    slips(TOP, 75, 2.5),
    ...washDown(),
    pumpsOff("connection"),
    slips(TOP, 170, 1),
    ...backToBottom(),
  ];
}

/** The driller: drills stand after stand, wipes the hole now and then, for ever. */
export function startProgram(): { step(process: Process, dt: number): Step } {
  let queue: Step[] = [];
  let current = drill;
  let since = 0;
  let stands = 0;
  return {
    step(process, dt) {
      since += dt;
      if (!current.done(process, since)) return current;
      if (current === drill) {
        stands += 1;
        queue = stands % STANDS_TO_TRIP === 0 ? shortTrip() : connection();
      }
      current = queue.shift() ?? drill;
      since = 0;
      return current;
    },
  };
}
