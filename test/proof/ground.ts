import type { Stage } from "../faults/stage.ts";
import type { Random } from "../sim/random.ts";
import type { Witness } from "./witness.ts";

/** What a blow acts on, and how it tells what it does. */
export interface Ground {
  stage: Stage;
  random: Random;
  witness: Witness;
  /** One plain line, with the time since the beginning before it. */
  tell(line: string): void;
  /** Waits until the office has every frame that lies on the rig now, and tells how long that took. */
  drain(): Promise<void>;
  /** How long something that takes `seconds` in the full proof takes in this one, ms. */
  lasts(seconds: number): number;
}

/** One way in which the proof breaks the product, in front of the reader's eyes. */
export interface Blow {
  /** By which it is asked for on the command line. */
  name: string;
  title: string;
  /** Why it can't be had here; null where it can. */
  missing?: () => string | null;
  strikes: { quick: number; full: number };
  /** It leaves the rig alone, so polls and frames must go on meanwhile. */
  sparesRig?: true;
  /** Breaks something `strikes` times and makes it whole again. */
  run(ground: Ground, strikes: number): Promise<void>;
}

/** Seconds with one decimal, from ms. */
export const inSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
