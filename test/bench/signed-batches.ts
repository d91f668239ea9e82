import { compress } from "../../shared/node/compress.ts";
import { batchBody, decodeBatchHeader, writeBatchHeader } from "../../shared/wire/batch.ts";
import { type BatchFields, encodeBatch } from "../../shared/wire/batch-encode.ts";
import { Writer } from "../../shared/wire/bytes.ts";
import type { HandRig } from "../support/hand-rig.ts";
import type { Series } from "./series.ts";

/** Makes a rig's batches of a series, `frames` rows each; what does not differ by rig is encoded once. */
export function openBatches(
  series: Series,
  rig: HandRig,
  frames: number,
): { count: number; of(rig: HandRig, answer: string, n: number): { bytes: Uint8Array; readings: number } } {
  const none = { rig: rig.rig, key: rig.key.id, answer: rig.epoch, running: rig.epoch, epoch: rig.epoch };
  const fields = {
    ...none,
    lane: "backfill",
    send: 1,
    stream: "telemetry",
    dictionary: rig.dictionary,
    thinned: null,
    preview: false,
  } as const;
  const count = Math.floor(series.rows / frames);
  const bodies = Array.from({ length: count }, (_, n) => {
    const firstSeq = n * frames + 1;
    const offered = Array.from({ length: frames }, (_, i) => rig.telemetryFrame(firstSeq + i));
    const readings = offered.reduce((sum, frame) => sum + frame.readings.length, 0);
    const telemetry = { stream: "telemetry", frames: offered, representations: rig.representations } as const;
    const whole: BatchFields = { ...fields, firstSeq };
    const { bytes, taken } = encodeBatch(whole, telemetry, { compress, sign: () => new Uint8Array(64) });
    if (taken !== frames) throw new Error(`only ${taken} of ${frames} frames fit`);
    const { header, packing, bodyAt } = decodeBatchHeader(bytes);
    return { header, packing, body: batchBody(bytes, bodyAt).slice(), readings };
  });
  return {
    count,
    of(own, answer, n) {
      const made = bodies[n % count];
      if (made === undefined) throw new Error("no batches");
      const to = new Writer(made.body.length + 256);
      const ids = { rig: own.rig, key: own.key.id, answer, running: own.epoch, epoch: own.epoch, send: n + 1 };
      writeBatchHeader(to, { ...made.header, ...ids }, made.packing);
      to.bytes(made.body);
      to.bytes(own.key.sign(to.finish()));
      return { bytes: to.finish(), readings: made.readings };
    },
  };
}
