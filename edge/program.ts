import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { openDataFolder } from "../shared/node/data-folder.ts";
import { openLog } from "../shared/node/log.ts";
import { faultLines, readRigConfig } from "./configuration/config.ts";
import { startDaemon } from "./daemon.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { probeDevices, probeLine } from "./probe.ts";

/** EX_CONFIG of sysexits: a wrong configuration under --check, wrong settings of this host, or a data folder that cannot be used. */
const EX_CONFIG = 78;
/** What shells take for a wrong call. */
const EX_USAGE = 2;
const usage = `usage: edge/main.ts CONFIG.json           run the rig's daemon
       edge/main.ts --check CONFIG.json   say what is wrong with a configuration, and run nothing
       edge/main.ts --probe CONFIG.json   ask its devices, and run nothing
       edge/main.ts --help

Settings of this machine come by environment:
  IDRILL_DATA               folder of the journal, the rig's key and its people (./data)
  HMI_PORT                  port of the rig's screen on this machine (8081)
  IDRILL_MQTT_URL           another broker than the configuration's
  IDRILL_CLAIM              one-time token that enrols this rig with the cloud
  IDRILL_OPERATOR_PASSWORD  password of the operator at the rig's screen

Exit codes: 0 ended or nothing wrong, 1 could not run, 2 wrong call,
78 wrong configuration (--check), wrong settings or unusable data folder.
`;
/** Shorter than what starts us waits before it kills. */
const STOP_MS = 10_000;

function refuse(problem: string, code = EX_CONFIG): never {
  process.stderr.write(`${problem.trimEnd()}\n`);
  process.exit(code);
}

/** What the call asks for: the configuration's file, and what to do with it. */
function callOf(): { file: string; task: "run" | "check" | "probe" } {
  try {
    const options = {
      check: { type: "boolean" },
      probe: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const [file, ...others] = positionals;
    if (file === undefined) return refuse(`The configuration's file is missing.\n\n${usage}`, EX_USAGE);
    if (others.length > 0) return refuse(`One file at a time, not also ${others.join(" ")}.\n\n${usage}`, EX_USAGE);
    return { file: resolve(file), task: values.check ? "check" : values.probe ? "probe" : "run" };
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, EX_USAGE);
  }
}

function check(file: string): never {
  const read = readRigConfig(file);
  if ("errors" in read) refuse(faultLines(file, read.errors));
  process.stdout.write(`${file}: rig ${read.config.rig}, ${read.config.devices.length} devices; nothing wrong found\n`);
  process.exit(0);
}

/** Asks each address of the configuration once and says what answered; ends with 1 if one did not. */
async function probe(file: string): Promise<never> {
  const read = readRigConfig(file);
  if ("errors" in read) refuse(faultLines(file, read.errors));
  let well = true;
  for await (const found of probeDevices(read.config)) {
    well &&= found.ok;
    process.stdout.write(`${probeLine(found)}\n`);
  }
  process.exit(well ? 0 : 1);
}

function settingsOf(): Environment {
  try {
    return readEnvironment(process.env);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function dataFolder(data: string): ReturnType<typeof openDataFolder> {
  try {
    return openDataFolder(data, "edge");
  } catch (error) {
    return refuse(`the data folder ${data} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function version(): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}

/** Does what the call asks for. Rejects when a part dies of a bug: a gateway that cannot store must not look alive, so it ends the process. */
export async function runProgram(): Promise<void> {
  // The folder holds keys and readings: nobody else on this machine reads them.
  process.umask(0o077);
  const { file, task } = callOf();
  if (task === "check") check(file);
  if (task === "probe") await probe(file);
  await run(file);
}

async function run(file: string): Promise<void> {
  const settings = settingsOf();
  const folder = dataFolder(settings.IDRILL_DATA);
  const log = openLog("edge");
  const unlocked = () => folder.unlocked()?.problem ?? null;
  const refused = unlocked();
  if (refused !== null)
    log.error(
      { problem: refused },
      "the disk takes nothing: readings wait in memory until it does, and are stored then",
    );
  const starting = startDaemon({
    file,
    folder: folder.path,
    software: version(),
    hmiPort: settings.HMI_PORT,
    web: fileURLToPath(new URL("./hmi/web/dist", import.meta.url)),
    mqttUrl: settings.IDRILL_MQTT_URL,
    claimToken: settings.IDRILL_CLAIM,
    operatorPassword: settings.IDRILL_OPERATOR_PASSWORD,
    announce: (name, password) => process.stdout.write(`rig screen: user ${name}, password ${password} (shown once)\n`),
    log,
    unlocked,
  }).catch((error) => {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EADDRINUSE") throw error;
    return refuse(
      `port ${settings.HMI_PORT} of the rig's screen is taken by another program; HMI_PORT names another`,
      1,
    );
  });

  for (const name of ["SIGINT", "SIGTERM"] as const) {
    // Once: a second signal finds no listener, and kills. One that comes during the start is obeyed after it.
    process.once(name, async () => {
      setTimeout(() => process.exit(1), STOP_MS).unref();
      await (await starting).stop();
      folder.close();
      log.info("stopped");
      process.exit(0);
    });
  }
  await (await starting).done;
}
