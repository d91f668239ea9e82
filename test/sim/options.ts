import type { Weather } from "./network.ts";

/** What may happen in a run, and how the world is broken on purpose so that the checks can be seen to catch it. */
export interface Options {
  /** Virtual seconds with faults, and without any before the run is judged. */
  seconds: number;
  restSeconds: number;
  weather: Weather;
  /** Chance of a crash at each point between two steps. */
  crash: number;
  /** How many of these happen on average while there are faults. */
  cuts: number;
  restores: number;
  /** An older copy of the rig's disk is put back: a new epoch begins. */
  oldDisks: number;
  /** Memory and disk of the rig go back together: names are used again. */
  reverts: number;
  /** A copy of the rig's disk runs in a second machine beside the first. */
  clones: number;
  rotations: number;
  evictions: number;
  /** The archive's retention takes the raw values of the oldest frames of a stream. */
  expiries: number;
  dictionaries: number;
  control: Control | null;
}

export type Control =
  /** A transport acknowledgement frees. */
  | "free at PUBACK"
  /** A statement is believed without comparing checksums. */
  | "no checksum"
  /** What is lost below the watermark counts as delivered. */
  | "lost frees"
  /** The receipt goes out although the commit did not happen. */
  | "receipt before commit"
  /** The rig's disk forgets commits that it confirmed. */
  | "disk not synced"
  /** The archive lands what it already has. */
  | "no trim"
  /** A hello that is lost is not said again on its connection. */
  | "hello said once"
  /** Where the hash of the chain is another one, the rig does not name its epochs. */
  | "never names all"
  /** Frames that differ stay under their names. */
  | "nothing moves"
  /** Neither side looks at signatures. */
  | "no signature";

export const usual: Options = {
  seconds: 90,
  restSeconds: 200,
  weather: { lose: 0.05, double: 0.05, delayMs: 800 },
  crash: 0.002,
  cuts: 4,
  restores: 0.7,
  oldDisks: 0.3,
  reverts: 0,
  clones: 0,
  rotations: 0.5,
  evictions: 0.7,
  expiries: 0.5,
  dictionaries: 2,
  control: null,
};

/** Everything at once, and often. */
export const storm: Options = {
  ...usual,
  weather: { lose: 0.25, double: 0.2, delayMs: 2500 },
  crash: 0.01,
  cuts: 12,
  restores: 2,
  oldDisks: 1,
  rotations: 1.5,
  evictions: 3,
  expiries: 2,
  dictionaries: 4,
};

/** The same in a few seconds: many schedules rather than long ones. */
export const brief: Options = {
  ...usual,
  seconds: 8,
  restSeconds: 40,
  weather: { lose: 0.1, double: 0.1, delayMs: 500 },
  crash: 0.01,
  cuts: 1,
  evictions: 0.5,
  dictionaries: 1,
};

/** Nothing happens by itself. */
export const calm: Options = {
  ...usual,
  weather: { lose: 0, double: 0, delayMs: 2 },
  crash: 0,
  cuts: 0,
  restores: 0,
  oldDisks: 0,
  rotations: 0,
  evictions: 0,
  expiries: 0,
  dictionaries: 0,
};
