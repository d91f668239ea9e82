import { parentPort } from "node:worker_threads";
import { runSeeds, type Seeds } from "./seeds.ts";

/** A thread that runs the seeds that it is given, range by range. */
parentPort?.on("message", (seeds: Seeds) => parentPort?.postMessage(runSeeds(seeds)));
