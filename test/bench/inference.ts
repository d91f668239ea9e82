import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { openModel } from "../../edge/scoring/model.ts";
import { startScoring } from "../../edge/scoring/scoring.ts";
import { sensorOf } from "../../shared/domain/catalogue.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openLog } from "../../shared/node/log.ts";
import { figure, type Group, percentile } from "./figure.ts";

const folder = join(import.meta.dirname, "..", "..", "edge", "models", "hydraulics");
const ROUNDS = 5_000;
const WARM = 500;

/** A row offered to its score received, the worker's hop included, against the bare call of the runtime in this thread. */
export const inference: Group = {
  name: "inference",
  async run() {
    const { manifest, judge } = await openModel(folder);
    const input = Float64Array.from(manifest.golden[0]?.input ?? []);
    const bare: number[] = [];
    for (let i = 0; i < ROUNDS + WARM; i++) {
      const start = performance.now();
      await judge(input);
      if (i >= WARM) bare.push(performance.now() - start);
    }

    const tags = manifest.inputs.map(({ name }, i): TagVersion => {
      const sensor = sensorOf(name);
      if (sensor === undefined) throw new Error(`the catalogue has no ${name}`);
      return {
        ...sensor,
        id: String(i).padStart(16, "0"),
        kind: { type: "double", scale: 1, offset: 0 },
        source: "bench",
        validFrom: 0,
      };
    });
    const scoring = startScoring({
      folder,
      rig: "bench",
      tags,
      index: tags.length,
      validFrom: 0,
      log: openLog("edge", "fatal"),
    });
    const whole: number[] = [];
    const into = new Block();
    for (let i = 0; i < ROUNDS + WARM; i++) {
      const block = new Block();
      for (const [tag, value] of input.entries()) block.push(tag, i * 1_000, value, 0, 0);
      into.clear();
      const start = performance.now();
      scoring.offer(block, i * 1_000, "rotary drilling");
      while (into.length === 0) {
        await turn();
        scoring.finished(into);
      }
      if (i >= WARM) whole.push(performance.now() - start);
    }
    await scoring.close();
    return [
      figure(
        "inference.p99",
        percentile(whole, 0.99),
        "ms",
        "the runtime's own call in one thread, p99 ms",
        percentile(bare, 0.99),
      ),
    ];
  },
};
