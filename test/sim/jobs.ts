import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Ran, Seeds } from "./seeds.ts";

/** Seeds that a thread runs in one go. */
const stretch = 500;

/** Runs seeds on so many threads; `told` hears of each stretch in the order of its seeds. */
export async function runOnThreads(all: Seeds, jobs: number, told: (part: Seeds, ran: Ran) => void): Promise<void> {
  const end = all.from + all.count;
  const done = new Map<number, { part: Seeds; ran: Ran }>();
  let next = all.from;
  let tellNext = all.from;
  const tell = () => {
    for (let each = done.get(tellNext); each !== undefined; each = done.get(tellNext)) {
      done.delete(tellNext);
      tellNext += each.part.count;
      told(each.part, each.ran);
    }
  };
  const work = async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    while (next < end) {
      const part = { ...all, from: next, count: Math.min(stretch, end - next) };
      next += part.count;
      worker.postMessage(part);
      const [ran]: Ran[] = await once(worker, "message");
      if (ran === undefined) throw new Error("a thread said nothing");
      done.set(part.from, { part, ran });
      tell();
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: jobs }, work));
}
