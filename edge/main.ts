import "./small-heap.ts";
import "../shared/node/guard.ts";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { openDataFolder } from "../shared/node/data-folder.ts";
import { openLog } from "../shared/node/log.ts";
import { faultLines, readRigConfig } from "./config.ts";
import { startDaemon } from "./daemon.ts";
import { probeDevices, probeLine } from "./probe.ts";

/** EX_CONFIG of sysexits: a wrong configuration under --check, wrong settings of this host, or a data folder that cannot be used. */
const EX_CONFIG = 78;
/** Shorter than what starts us waits before it kills. */
const STOP_MS = 10_000;

const Environment = z.object({
  IDRILL_DATA: z.string().min(1).default("./data"),
  HMI_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  IDRILL_MQTT_URL: z.string().min(1).optional(),
  IDRILL_CLAIM: z.string().min(1).optional(),
  IDRILL_OPERATOR_PASSWORD: z.string().min(1).optional(),
});

// The folder holds keys and readings: nobody else on this machine reads them.
process.umask(0o077);

function refuse(problem: string): never {
  process.stderr.write(`${problem.trimEnd()}\n`);
  process.exit(EX_CONFIG);
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

const { values, positionals } = parseArgs({
  options: { check: { type: "boolean" }, probe: { type: "boolean" } },
  allowPositionals: true,
});
const [given] = positionals;
if (given === undefined || positionals.length > 1) refuse("usage: edge/main.ts [--check | --probe] CONFIG.json");
const file = resolve(given);
if (values.check) check(file);
if (values.probe) await probe(file);

const environment = Environment.safeParse(process.env);
if (!environment.success) refuse(z.prettifyError(environment.error));
const settings = environment.data;
const folder = dataFolder(settings.IDRILL_DATA);
const log = openLog("edge");
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
// Rejects when a part dies of a bug: a gateway that cannot store must not look alive, so it ends the process.
await (await starting).done;
