import "../shared/node/guard.ts";
import { parseArgs } from "node:util";
import { openLog } from "../shared/node/log.ts";
import { runCommand } from "./commands.ts";
import { readEnvironment } from "./environment.ts";
import { startOffice } from "./office.ts";

/** Shorter than what a supervisor waits before it kills. */
const longestStopMs = 10_000;

// Databases hold keys and hashes: nobody else on this machine reads them.
process.umask(0o077);
const { values, positionals } = parseArgs({
  options: { claim: { type: "string" }, revoke: { type: "string" }, person: { type: "string" } },
  allowPositionals: true,
});
const environment = readEnvironment(process.env);
if (Object.keys(values).length === 0 && positionals.length === 0) await run();
else {
  const said = await runCommand(values, positionals, environment.IDRILL_DATA, openLog("cloud", "silent"));
  process.stdout.write(`${said}\n`);
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
