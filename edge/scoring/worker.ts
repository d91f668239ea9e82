// The thread in which a model runs: a model that is slow, stuck or dies costs scores and nothing else.
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import type { Reason } from "../../shared/domain/reading.ts";
import { collectRegularly } from "../../shared/node/collect.ts";
import { openModel } from "./model.ts";
import { openWindow, type Row } from "./window.ts";

/** What the daemon sends: one committed tick. */
export interface Question extends Row {
  id: number;
}

/** What comes back for each question, in order. */
export type Answer =
  | {
      id: number;
      status: "scored";
      at: number;
      score: number;
      /** What the model took: each input's mean over the window, in its unit. */
      features: Float64Array;
      shares: Float32Array;
      residuals: Float32Array;
      from: number;
      to: number;
    }
  | { id: number; status: "refused"; at: number; reason: Reason; input: number | null; unusable: number };

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const { folder } = z.object({ folder: z.string() }).parse(workerData);
  const model = await openModel(folder);
  collectRegularly();
  const window = openWindow(model.manifest);

  async function answer({ id, ...row }: Question): Promise<Answer> {
    const seen = window.push(row);
    if (seen.status === "refused") return { id, at: row.at, ...seen };
    const { features, from, to } = seen;
    const { score, shares, residuals } = await model.judge(features);
    return { id, at: row.at, status: "scored", score, features, shares, residuals, from, to };
  }

  // One after the other: the window is causal, so order matters.
  let queue = Promise.resolve();
  port.on("message", (question: Question) => {
    queue = queue.then(() => answer(question)).then((reply) => port.postMessage(reply));
  });
  port.postMessage("ready");
}

if (parentPort !== null) await serve(parentPort);
