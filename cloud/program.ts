import { parseArgs } from "node:util";
import { roles } from "../shared/domain/roles.ts";
import { collectRegularly } from "../shared/node/collect.ts";
import { TakenError } from "../shared/node/data-folder.ts";
import { openLog } from "../shared/node/log.ts";
import { type Command, runCommand } from "./commands.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { startOffice } from "./office.ts";

const usage = `usage: cloud/main.ts                                      run the office
       cloud/main.ts --claim RIG                          a one-time token that enrols a rig
       cloud/main.ts --revoke RIG [KEY]                   end one key of a rig, or the rig as a whole
       cloud/main.ts --person NAME ROLE [RIG …]           add a person (prints the password once), or change role and rigs
       cloud/main.ts --help

Roles: ${roles.join(", ")}, or none to end an account. Each works beside a running office.

Settings of this machine come by environment:
  IDRILL_DATA             folder of the archive, the fleet and its people (./data)
  CLOUD_PORT              port of the API and the console (8080)
  MQTT_PORT               port of the embedded broker (1883)
  IDRILL_MQTT_URL         another broker than the embedded one
  IDRILL_ADMIN_PASSWORD   of the first admin, at the first start
  IDRILL_CLOCK_TRUE       yes: the host keeps its clock true, though no time daemon can be asked from here (no)
  IDRILL_METRICS_TOKEN    opens /metrics to other hosts

Exit codes: 0 ended or done, 1 could not run or not be done, 2 wrong call.
`;
/** What shells take for a wrong call. */
const EX_USAGE = 2;
/** Shorter than what a supervisor waits before it kills. */
const longestStopMs = 10_000;

/** Does what the call asks for. Rejects when a part dies of a fault. */
export async function runProgram(): Promise<void> {
  // Databases hold keys and hashes: nobody else on this machine reads them.
  process.umask(0o077);
  const { command, rest } = callOf();
  const environment = readEnvironment(process.env);
  if (command === null) await run(environment);
  else {
    try {
      const said = await runCommand(command, rest, environment.IDRILL_DATA, openLog("cloud", "silent"));
      process.stdout.write(`${said}\n`);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error), 1);
    }
  }
}

/** What the call asks for; null is to run. */
function callOf(): { command: Command | null; rest: string[] } {
  try {
    const { values, positionals } = parseArgs({
      options: {
        ...{ claim: { type: "string" }, revoke: { type: "string" }, person: { type: "string" } },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
    const { help, ...command } = values;
    if (help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    if (Object.keys(command).length > 0) return { command, rest: positionals };
    if (positionals.length === 0) return { command: null, rest: [] };
    return end(`Nothing is known to do with ${positionals.join(" ")}.\n\n${usage}`, EX_USAGE);
  } catch (error) {
    return end(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, EX_USAGE);
  }
}

/** As sysexits.h has it: settings, or a folder, that this program cannot run with. */
const EX_CONFIG = 78;

function end(problem: string, code: number): never {
  process.stderr.write(`${problem.trimEnd()}\n`);
  process.exit(code);
}

async function run(environment: Environment): Promise<void> {
  const log = openLog("cloud");
  const office = await startOffice(environment, log).catch((error: unknown) => {
    if (error instanceof TakenError) end(error.message, EX_CONFIG);
    throw error;
  });
  collectRegularly();
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
