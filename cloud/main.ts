import "../shared/node/guard.ts";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLog } from "../shared/node/log.ts";
import { readEnvironment } from "./environment.ts";
import { openFleet } from "./fleet/fleet.ts";
import { startOffice } from "./office.ts";
import { checkSmallDatabases } from "./small-databases.ts";

/** Shorter than what a supervisor waits before it kills. */
const longestStopMs = 10_000;

// Databases hold keys and hashes: nobody else on this machine reads them.
process.umask(0o077);
const { values } = parseArgs({ options: { claim: { type: "string" } } });
const environment = readEnvironment(process.env);
if (values.claim === undefined) await run();
else printClaim(values.claim);

/** Prints a one-time token for a rig and nothing else; works beside a running cloud. */
function printClaim(rig: string): void {
  const folder = join(environment.IDRILL_DATA, "cloud");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkSmallDatabases(folder, openLog("cloud", "silent"));
  const fleet = openFleet(join(folder, "fleet.db"));
  process.stdout.write(`${fleet.issueClaim(rig)}\n`);
  fleet.close();
}

async function run(): Promise<void> {
  const log = openLog("cloud");
  const office = await startOffice(environment, log);
  if (office.firstPassword !== null) {
    // Not through the log, which is kept and shipped.
    process.stdout.write(
      `First start. Sign in as admin with the password ${office.firstPassword} (shown this once).\n`,
    );
  }
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    // Once: a second signal finds no listener, and kills.
    process.once(name, () => {
      setTimeout(() => process.exit(1), longestStopMs).unref();
      office.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, "cloud: stopped with a fault");
          process.exit(1);
        },
      );
    });
  }
  await office.done;
}
