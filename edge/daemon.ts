import type { HmiFault } from "../shared/domain/hmi.ts";
import { every } from "../shared/node/every.ts";
import type { Log } from "../shared/node/log.ts";
import { machineClock, openClock } from "./clock.ts";
import { openSynchronisation } from "./clock-sync.ts";
import { faultLines, readRigConfig } from "./config.ts";
import { openPeople } from "./hmi/people.ts";
import { type Hmi, startHmi } from "./hmi/server.ts";
import { type Rig, startRig } from "./rig.ts";
import { openScreen } from "./screen.ts";

export interface DaemonOptions {
  /** The rig's configuration. */
  file: string;
  /** The edge's own folder. */
  folder: string;
  software: string;
  hmiPort: number;
  /** Folder of the built page. */
  web: string;
  mqttUrl: string | undefined;
  claimToken: string | undefined;
  operatorPassword: string | undefined;
  /** Shows a password that was made; called once. */
  announce(name: string, password: string): void;
  log: Log;
}

/** The screen, and the rig as soon as its configuration parses. */
export interface RunningDaemon {
  hmiPort: number;
  stop(): Promise<void>;
  /** Rejects when a part dies of a bug. */
  done: Promise<unknown>;
}

/** A broken configuration is read again this often, until it is repaired. */
const RECHECK_MS = 2_000;

/** Starts the screen first, so that it can show what is wrong; then the rig. */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { file, folder, log, announce, operatorPassword } = options;
  const stopping = new AbortController();
  const synchronisation = openSynchronisation();
  const clock = openClock(machineClock(synchronisation.synchronised));
  const startedAt = Date.now();
  let rig: Rig | null = null;
  let fault: HmiFault | null = null;
  let hmi: Hmi | null = null;
  let starting: Promise<void> | null = null;
  const changed = (): void => hmi?.changed();

  async function look(): Promise<void> {
    if (rig !== null || stopping.signal.aborted) return;
    const read = readRigConfig(file);
    if ("errors" in read) {
      if (fault === null) log.error({ file }, `the configuration is broken: ${faultLines(file, read.errors)}`);
      fault = faultOf(file, read.errors, fault);
    } else {
      rig = await startRig(read.config, { ...options, clock, changed });
      fault = null;
      log.info({ rig: read.config.rig, epoch: rig.record.epoch }, "started");
      rig.gateway.done.catch(fail);
    }
    changed();
  }
  /** One look at a time: two would start the rig twice. */
  function recheck(): Promise<void> {
    starting ??= look().finally(() => {
      starting = null;
    });
    return starting;
  }

  let fail: (cause: unknown) => void = () => undefined;
  const done = new Promise<never>((_, reject) => {
    fail = reject;
  });

  const people = await openPeople(folder, operatorPassword, announce);
  const daemon = openScreen({ clock, startedAt, rig: () => rig, fault: () => fault, recheck });
  hmi = await startHmi({ daemon, people, log, port: options.hmiPort, web: options.web });
  log.info({ port: hmi.port }, "the rig's screen is served");
  await synchronisation.asked;
  await recheck();
  const watching = watch();
  watching.catch(fail);

  async function watch(): Promise<void> {
    for await (const _ of every(RECHECK_MS, stopping.signal)) {
      if (rig !== null) return;
      await recheck();
    }
  }

  return {
    hmiPort: hmi.port,
    done,
    async stop() {
      stopping.abort();
      synchronisation.stop();
      await starting;
      await rig?.stop();
      await hmi?.close();
    },
  };
}

function faultOf(file: string, errors: HmiFault["errors"], before: HmiFault | null): HmiFault {
  const now = Date.now();
  return {
    file,
    since: before?.since ?? now,
    checkedAt: now,
    errors,
    works: ["This screen"],
    stopped: ["Reading of all devices", "Alarms", "Sending to the cloud"],
    happened: before?.happened ?? [{ at: now, text: "The configuration was read and refused." }],
  };
}
