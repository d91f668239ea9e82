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
  /** The rig's disk is nearly full: the oldest owed telemetry that is whole is thinned. */
  thinnings: number;
  /** The archive's retention takes the raw values of the oldest frames of a stream. */
  expiries: number;
  /** The rig's clock is no longer known to be right, and somebody tells the true time, each so often. */
  undated: number;
  dictionaries: number;
  /** The archive can no longer read a dictionary whose events it holds. */
  forgets: number;
  /** Somebody on an open broker sends hellos, answers and receipts of his own making. */
  forgeries: number;
  /** He sends again what he heard before. */
  replays: number;
  /** The office asks for a span; and a while in which the link's policy lets no backfill go. */
  requests: number;
  holds: number;
  control: Control | null;
}

export type Control = keyof typeof controls;

/** What can be planted, each in plain words. */
export const controls = {
  "free at PUBACK": "a transport acknowledgement frees",
  "no checksum": "a statement is believed without comparing checksums",
  "lost frees": "what is lost below the watermark counts as delivered",
  "thinned frees": "what the office has thinned counts as stored",
  "receipt before commit": "the receipt goes out although the commit did not happen",
  "disk not synced": "the rig's disk forgets commits that it confirmed",
  "no trim": "the archive lands what it already has",
  "hello said once": "a hello that is lost is not said again on its connection",
  "never names all": "where the hash of the chain is another one, the rig does not name its epochs",
  "nothing moves": "frames that differ stay under their names",
  "no signature": "neither side looks at signatures",
  "trims unseen": "what the office trims counts as what it has, without comparing checksums",
  "finds elsewhere": "a span that is asked for is answered with the frames of another epoch",
  "dated moves": "frames that are dated afterwards are filed in the order of their times",
  "finds everything": "whatever span is asked for, everything on the disk counts as found in it",
} as const;

export const usual: Options = {
  seconds: 90,
  restSeconds: 200,
  weather: { lose: 0.05, double: 0.05, flip: 0.01, delayMs: 800 },
  crash: 0.002,
  cuts: 4,
  restores: 0.7,
  oldDisks: 0.3,
  reverts: 0,
  clones: 0,
  rotations: 0.5,
  evictions: 0.7,
  thinnings: 0,
  undated: 0,
  expiries: 0.5,
  dictionaries: 2,
  forgets: 0.3,
  forgeries: 1,
  replays: 1,
  requests: 1,
  holds: 0.7,
  control: null,
};

/** Everything at once, and often. */
export const storm: Options = {
  ...usual,
  weather: { lose: 0.25, double: 0.2, flip: 0.05, delayMs: 2500 },
  crash: 0.01,
  cuts: 12,
  restores: 2,
  oldDisks: 1,
  rotations: 1.5,
  evictions: 3,
  expiries: 2,
  dictionaries: 4,
  forgets: 1,
  forgeries: 3,
  replays: 3,
  requests: 4,
  holds: 2,
};

/** The rig's disk is nearly full all the time, and everything else happens too. */
export const full: Options = { ...storm, crash: 0.005, oldDisks: 2, reverts: 0.5, thinnings: 12 };

/** The same in a few seconds: many schedules rather than long ones. */
export const brief: Options = {
  ...usual,
  seconds: 8,
  restSeconds: 40,
  weather: { lose: 0.1, double: 0.1, flip: 0.02, delayMs: 500 },
  crash: 0.01,
  cuts: 1,
  evictions: 0.5,
  dictionaries: 1,
};

/** Brief ones in which the office expires, is put back and meets thinned and reused names all the time. */
export const dense: Options = {
  ...brief,
  seconds: 15,
  crash: 0.005,
  reverts: 1.5,
  restores: 2,
  evictions: 1,
  thinnings: 3,
  undated: 1,
  expiries: 5,
};

/** Nothing happens by itself. */
export const calm: Options = {
  ...usual,
  weather: { lose: 0, double: 0, flip: 0, delayMs: 2 },
  crash: 0,
  cuts: 0,
  restores: 0,
  oldDisks: 0,
  rotations: 0,
  evictions: 0,
  thinnings: 0,
  undated: 0,
  expiries: 0,
  dictionaries: 0,
  forgets: 0,
  forgeries: 0,
  replays: 0,
  requests: 0,
  holds: 0,
};

/** The kinds of schedules. */
export const modes = ["usual", "storm", "reverts", "clones", "full", "dense", "brief", "mixed"] as const;
export type Mode = (typeof modes)[number];

/** What a mode makes of a seed. Mixed: of forty seeds 34 are brief, two usual, and storm, reverts, clones and full have one each. */
export function optionsOf(mode: Mode, seed: number): Options {
  switch (mode) {
    case "usual":
      return usual;
    case "storm":
      return storm;
    case "reverts":
      return { ...usual, reverts: 1.5 };
    case "clones":
      return { ...usual, clones: 1 };
    case "full":
      return { ...full, reverts: seed % 2 === 0 ? 1.5 : full.reverts };
    case "dense":
      return dense;
    case "brief":
      return {
        ...brief,
        reverts: seed % 3 === 0 ? 1 : 0,
        clones: seed % 5 === 0 ? 1 : 0,
        thinnings: seed % 4 === 0 ? 2 : 0,
        undated: seed % 7 === 0 ? 2 : 0,
      };
    case "mixed":
      return optionsOf(mixture[seed % 40] ?? "brief", seed);
  }
}

const mixture: readonly Mode[] = ["usual", "usual", "storm", "reverts", "clones", "full"];
