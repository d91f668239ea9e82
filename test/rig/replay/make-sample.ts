import { writeFileSync } from "node:fs";
import { sampleDay } from "./sample-day.ts";

/** `node test/rig/replay/make-sample.ts FILE.csv [SECONDS] [SEED]` writes a recording that deploy/examples/replay-map.json fits, and prints what is in it. */
const [file, seconds = "600", seed = "14"] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: make-sample.ts FILE.csv [SECONDS] [SEED]");
const { csv, ...found } = sampleDay(Number(seed), Number(seconds));
writeFileSync(file, csv);
console.log(JSON.stringify(found));
