import "../shared/node/guard.ts";
import { startLean } from "../shared/node/lean-process.ts";

await startLean({
  daemon: process.argv.length === 2,
  part: "cloud",
  // Old generations are collected once they have grown by so many percent, not when they have doubled. Threads collect at times of their own.
  heapFlags: ["--heap-growing-percent=40", "--expose-gc"],
  // The files of threads end at once where they find nothing to work on: only their compiled code is wanted here.
  everything: () =>
    Promise.allSettled([
      import("./program.ts"),
      import("./ingest-worker.ts"),
      import("./compact-worker.ts"),
      import("./question-worker.ts"),
    ]),
});
const { runProgram } = await import("./program.ts");
await runProgram();
