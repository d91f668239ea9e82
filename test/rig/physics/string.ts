import { lag, towards } from "./lag.ts";
import type { Process } from "./process.ts";
import { type Step, TARGET } from "./program.ts";

const BLOCK_WEIGHT = 38_000;
const PIPE_LBF_PER_FT = 16.6;
const BHA_LBF = 32_113;
/** Of a bit as it is at the start, in rock of strength 1. */
const TARGET_ROP = 62;
const DRAG_LBF = 6_000;

/** Weight of string, block and top drive when it hangs still in mud, lbf. */
export function stringWeightOf(bit: number): number {
  return BLOCK_WEIGHT + BHA_LBF + PIPE_LBF_PER_FT * bit;
}

/** Block, bit, weight and hole: the bit hangs below the block except in the slips, and new hole is what the bit makes. */
export function hoist(p: Process, order: Step, wobWander: number, dt: number): void {
  p.slips = towards(p.slips, order.slips ? 1 : 0, dt / 8);
  const before = p.block;
  const drilling = order.wob > 0 && p.onBottom;
  p.wob = drilling ? towards(p.wob, order.wob + wobWander, 900 * dt) : towards(p.wob, 0, 4_000 * dt);
  p.rop =
    drilling && p.rpm > 5 && p.wob > 500
      ? (TARGET_ROP * (p.wob / TARGET.wob) ** 0.8 * (p.rpm / TARGET.rpm) ** 0.6 * (1 - 0.2 * (p.wear - 0.22))) /
        p.rock.strength
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
  const drag = p.slips === 0 && !drilling ? DRAG_LBF * Math.tanh(p.blockSpeed * 2) : 0;
  p.hookLoad = BLOCK_WEIGHT + (p.stringWeight - BLOCK_WEIGHT - p.wob + drag) * (1 - p.slips);
  p.wear = Math.min(1, p.wear + (0.004 / 3_600) * dt * (p.wob / TARGET.wob) ** 1.2 * (p.rpm / TARGET.rpm) ** 0.8);
}

/** Rotary speed and torque: friction of the string, and what the bit takes by weight, wear and rock. */
export function turn(p: Process, order: Step, rpmWander: number, torqueWander: number, dt: number): void {
  p.rpm = towards(p.rpm, order.rpm === 0 ? 0 : order.rpm + rpmWander, 10 * dt);
  const turning = Math.min(1, p.rpm / 30);
  p.torque = turning * (5_400 + 0.348 * p.wob * (0.9 + 0.45 * p.wear) * Math.sqrt(p.rock.strength) + torqueWander);
}
