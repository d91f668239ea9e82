// The rig's daemon: edge/main.ts --help says how it is called.
import "../shared/node/guard.ts";
import { startLean } from "../shared/node/lean-process.ts";

await startLean({
  daemon: !process.argv.slice(2).some((word) => word.startsWith("-")),
  part: "edge",
  // Young generations stay small (MB), since readings lie in typed arrays outside of them; old ones are collected once they have grown by so many
  // percent, not when they have doubled. `--optimize-for-size` would save more memory and double the time that 10,000 tags cost. Threads collect at times of their own.
  heapFlags: ["--max-semi-space-size=2", "--heap-growing-percent=20", "--expose-gc"],
  everything: () =>
    Promise.all([
      import("./program.ts"),
      import("./journal/worker.ts"),
      import("./journal/reader.ts"),
      import("./scoring/worker.ts"),
      import("./hmi/metrics.ts"),
    ]),
});
const { runProgram } = await import("./program.ts");
await runProgram();
