import type { Report } from "../../cloud/verify/verify.ts";
import type { Random } from "../sim/random.ts";
import type { SatelliteSettings } from "../support/satellite.ts";
import type { Carrier } from "./carriers.ts";
import type { Stage } from "./stage.ts";

/** One way in which the world breaks, and how often. What it broke is whole again when `run` ends; the oracle judges afterwards. */
export interface Fault {
  /** Its name in the catalogue: F02. */
  id: string;
  title: string;
  /** Why this machine cannot do it; null where it can. Says so, and the fault is skipped aloud. */
  missing?: () => string | null | Promise<string | null>;
  /** Done to the data folder before any part starts; gives what undoes it after all have ended. */
  prepare?: (data: string) => (() => void) | Promise<() => void>;
  /** Rig and cloud have this link between them and nothing else; side by side on loopback unless told. */
  satellite?: SatelliteSettings;
  /** Its times are told and promised to nobody. */
  reported?: true;
  /** It begins with frames owed: `run` gets the stage before they are drained. */
  owing?: true;
  /** A negative control: `run` has to end with a LostError, or the fault that it is the control of proves nothing. */
  mustLose?: true;
  /** Brokers that it is run over; the embedded one unless told. */
  carriers?: readonly Carrier[];
  /** How often the fault strikes on one stage, in the fast set (0: not in it) and in the full one. */
  strikes: { fast: number; full: number };
  /** Breaks things on a stage that runs, `strikes` times. Throws where something else than the oracle's balance is not as promised. */
  run(stage: Stage, random: Random, strikes: number): Promise<void>;
  /** What besides the balance was promised and is not so, asked at the end of the oracle's report and of the cloud's archive; null where all is. */
  also?(report: Report, archive: string): Promise<string | null>;
}

/** A fault's run that does the same at each strike; `strike` counts from 0. */
export function eachStrike(work: (stage: Stage, random: Random, strike: number) => Promise<void>): Fault["run"] {
  return async (stage, random, strikes) => {
    for (let strike = 0; strike < strikes; strike++) await work(stage, random, strike);
  };
}

/** What the oracle found after a fault. */
export interface Outcome {
  id: string;
  title: string;
  carrier: Carrier;
  seed: number;
  strikes: number;
  /** Frames that the edge named. */
  made: number;
  /** Frames named and neither stored, stated nor owed, and served values that are nowhere for no known reason. */
  lost: number;
  doubled: number;
  /** Frames that a gap states as gone, with its reason. */
  stated: number;
  /** Seconds in which no edge ran. */
  deadS: number;
  /** From the end of the fault until nothing was owed any more. */
  drainedS: number;
  /** It is a control, which has to lose. */
  control: boolean;
  /** Null where all is as promised. */
  problem: string | null;
}
