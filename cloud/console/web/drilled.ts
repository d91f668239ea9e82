import { signal } from "@preact/signals";
import type { HistoricalAnswer } from "../../../shared/domain/api-history.ts";
import { bucketNumbers } from "../../../shared/domain/series.ts";
import { serverNow } from "./clock.ts";
import { ask } from "./session.ts";

const dayMs = 86_400_000;
const points = 48;
/** A point is half an hour: asking more often shows nothing new. */
const everyMs = 600_000;

/** Hole depth in the last 24 h by rig, in feet, oldest first; an empty list where the rig has none. */
export const drilled = signal<ReadonlyMap<string, readonly (number | null)[]>>(new Map());

const askedAt = new Map<string, number>();
let busy = false;

/** Asks for what is not known yet or old, one rig after the other so that the fleet's own questions come through. */
export async function askDrilled(rigs: readonly string[]): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    for (const rig of rigs) {
      if (serverNow() - (askedAt.get(rig) ?? 0) < everyMs) continue;
      askedAt.set(rig, serverNow());
      const values = await depthsOf(rig);
      drilled.value = new Map(drilled.value).set(rig, values);
    }
  } finally {
    busy = false;
  }
}

async function depthsOf(rig: string): Promise<readonly (number | null)[]> {
  const start = new Date(serverNow() - dayMs).toISOString();
  try {
    const answer: HistoricalAnswer = await ask(
      `/sensor-data/historical?rig_id=${rig}&tags=depth&start=${start}&points=${points}`,
    );
    const [series] = answer.data;
    return series?.form === "buckets" ? bucketNumbers(series, series.last) : [];
  } catch {
    return []; // no such tag, or no answer: the row says that it has no values
  }
}
