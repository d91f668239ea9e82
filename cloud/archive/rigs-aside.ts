import type { RigId } from "../../shared/domain/id.ts";
import { isOfStorage } from "./damage.ts";

/** A rig whose waiting batches cannot be compacted: they stay as they landed, whole and readable. */
export interface RigAside {
  rig: RigId;
  problem: string;
}

/** What came of one rig's batches is a fault of theirs or ours, not of the archive: all others go on. */
export class RigFailed extends Error {
  /** The rig's number. */
  readonly rig: number;

  constructor(rig: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.rig = rig;
  }
}

/** Does some work of a rig (by its number). Throws RigFailed for what is not the disk's or the file's. */
export function ofRig<T>(rig: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isOfStorage(error)) throw error;
    throw new RigFailed(rig, error);
  }
}

/** A rig that was set aside is tried again after this time. */
const RETRY_MS = 600_000;

/** Rigs, by their numbers, that are left alone for a while. */
export interface RigsAside {
  put(rig: number, problem: string): void;
  has(rig: number): boolean;
  /** It goes again. */
  clear(rig: number): void;
  /** Those of which nothing is to be tried now. */
  resting(): number[];
  all(): RigAside[];
}

export function rigsAside(nameOf: (rig: number) => RigId, now: () => number = () => performance.now()): RigsAside {
  const aside = new Map<number, { problem: string; until: number }>();
  return {
    put: (rig, problem) => void aside.set(rig, { problem, until: now() + RETRY_MS }),
    has: (rig) => aside.has(rig),
    clear: (rig) => void aside.delete(rig),
    resting: () => [...aside].filter(([, { until }]) => until > now()).map(([rig]) => rig),
    all: () => [...aside].map(([rig, { problem }]) => ({ rig: nameOf(rig), problem })),
  };
}
