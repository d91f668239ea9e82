import type { HmiCoverage } from "../../shared/domain/hmi.ts";
import { askedWithin } from "../../shared/node/asked-within.ts";
import { watchLoop } from "../../shared/node/threads.ts";
import type { RigView } from "./rig-view.ts";

/** Gaps are told of so much of the past, ms. */
const GAPS_MS = 24 * 3_600_000;
const LATE_MS = 2_000;

/** What is watched for `/metrics` between two questions. */
export interface Watched {
  loop: { p99S(): number };
  /** Of the last 24 h; null where the thread that knows is busy. */
  coverage(): Promise<HmiCoverage | null>;
}

/** Begins to watch; a busy thread is waited for 2 s. */
export function watchedOf(daemon: Pick<RigView, "coverage">): Watched {
  const lastDay = () => daemon.coverage(Date.now() - GAPS_MS, Date.now());
  return { loop: watchLoop(), coverage: askedWithin(lastDay, LATE_MS) };
}
