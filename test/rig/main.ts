import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ledger, openLedger } from "./ledger.ts";
import { optionsOf } from "./options.ts";
import { readMap, startReplay } from "./replay/replay.ts";
import { startRig } from "./rig.ts";

// The simulated rig: `node test/rig/main.ts [--seed N] [--speed X] [--rate HZ] [--fault NAME@SECONDS …] [--ledger FILE]
// [--misbehave MODE] [--opcua-off] [--replay FILE --map FILE]`. Ports and folder by MODBUS_PORT, OPCUA_PORT (or "off"),
// RIG_HOST, IDRILL_DATA. Prints one line of JSON with its ports when it is ready.
const options = optionsOf(process.argv.slice(2), process.env);
mkdirSync(join(options.data, "rig"), { recursive: true });
const pidFile = join(options.data, "rig.pid");
writeFileSync(pidFile, `${process.pid}\n`);

const silent: Ledger = { write() {}, count() {}, close() {} };
const ledger = options.ledger === undefined ? silent : openLedger(options.ledger);
const starting = options.replay
  ? startReplay(options, options.replay.file, readMap(options.replay.map), ledger)
  : startRig(options, ledger);

for (const name of ["SIGINT", "SIGTERM"] as const) {
  // Once: a second signal finds no listener, and ends the process.
  process.once(name, async () => {
    await (await starting).stop();
    ledger.close();
    rmSync(pidFile, { force: true });
    process.exit(0);
  });
}

const { ports } = await starting;
const { seed, speed, rate, faults, replay } = options;
ledger.write({
  k: "begin",
  at: Date.now(),
  seed,
  speed,
  rate,
  faults: faults.map((one) => one.name),
  replay,
  ...ports,
});
console.log(JSON.stringify(ports));
