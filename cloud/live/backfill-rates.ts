import type { EpochMs, RigId } from "../../shared/domain/id.ts";

/** A rate is taken from what landed in so long. */
const WINDOW_MS = 60_000;
/** Before so much time has passed a rate would be a guess. */
const LEAST_MS = 6_000;
/** After so long without any, what came before says nothing of now. */
const SILENT_MS = 20_000;

/** How fast backfill of each rig lands, as this process has seen it. */
export interface BackfillRates {
  /** Frames of backfill landed. */
  landed(rig: RigId, frames: number, at: EpochMs): void;
  /** Frames a second of late; null while that is not measured. */
  of(rig: RigId, now: EpochMs): number | null;
}

export function openBackfillRates(): BackfillRates {
  const samples = new Map<RigId, { at: EpochMs; frames: number }[]>();
  return {
    landed(rig, frames, at) {
      if (frames === 0) return;
      const before = (samples.get(rig) ?? []).filter((each) => at - each.at <= WINDOW_MS);
      const last = before.at(-1);
      // A sample a second is enough.
      if (last !== undefined && at - last.at < 1_000) last.frames += frames;
      else before.push({ at, frames });
      samples.set(rig, before);
    },
    of(rig, now) {
      const known = (samples.get(rig) ?? []).filter((each) => now - each.at <= WINDOW_MS);
      const [first, last] = [known[0], known.at(-1)];
      if (first === undefined || last === undefined) return null;
      if (now - last.at > SILENT_MS || last.at - first.at < LEAST_MS) return null;
      // What came with the first sample came before the time that is measured.
      const frames = known.slice(1).reduce((sum, each) => sum + each.frames, 0);
      return (frames * 1_000) / (last.at - first.at);
    },
  };
}
