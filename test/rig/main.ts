import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ledger, openLedger } from "./ledger.ts";
import { optionsOf } from "./options.ts";
import { readMap, startReplay } from "./replay/replay.ts";
import { startRig } from "./rig.ts";

const options = optionsOf(process.argv.slice(2), process.env);
mkdirSync(join(options.data, "rig"), { recursive: true });
const pidFile = join(options.data, "rig.pid");
writeFileSync(pidFile, `${process.pid}\n`);

const silent: Ledger = { write() {}, count() {}, close() {} };
const ledger = options.ledger === undefined ? silent : openLedger(options.ledger);
const { seed, speed, rate, faults, replay } = options;
const rig = await (replay ? startReplay(options, replay.file, readMap(replay.map), ledger) : startRig(options, ledger));
ledger.write({
  k: "begin",
  at: Date.now(),
  seed,
  speed,
  rate,
  faults: faults.map((one) => one.name),
  replay,
  ...rig.ports,
});
console.log(JSON.stringify(rig.ports));

for (const name of ["SIGINT", "SIGTERM"] as const) {
  // Once: a second signal finds no listener, and ends the process.
  process.once(name, async () => {
    await rig.stop();
    ledger.close();
    rmSync(pidFile, { force: true });
    process.exit(0);
  });
}
