import type { TelemetryBatch } from "../../shared/wire/batch-decode.ts";

/** Readings of batches that were decoded to land and are kept for their compaction; of what does not fit, the oldest are decoded again. */
const MOST_READINGS = 1_000_000;

/** Decoded batches by their number in the tail. Numbers are never given twice, so a batch of a rolled back transaction is merely forgotten in time. */
export interface DecodedBatches {
  put(tail: number, batch: TelemetryBatch): void;
  get(tail: number): TelemetryBatch | undefined;
  drop(tail: number): void;
}

export function decodedBatches(): DecodedBatches {
  const batches = new Map<number, TelemetryBatch>();
  let readings = 0;
  const drop = (tail: number) => {
    readings -= batches.get(tail)?.columns.readings.length ?? 0;
    batches.delete(tail);
  };
  return {
    put(tail, batch) {
      batches.set(tail, batch);
      readings += batch.columns.readings.length;
      for (const oldest of batches.keys()) {
        if (readings <= MOST_READINGS) break;
        drop(oldest);
      }
    },
    get: (tail) => batches.get(tail),
    drop,
  };
}
