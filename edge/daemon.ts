import type { HmiFault } from "../shared/domain/hmi.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
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

/** The screen, and the rig as soon as its configuration parses and nothing else keeps it from starting. */
export interface RunningDaemon {
  hmiPort: number;
  stop(): Promise<void>;
  /** Rejects when a part dies of a bug. */
  done: Promise<unknown>;
}

/** A broken configuration is read again, and a rig that does not start tried again, this often until it is mended. */
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
      if (fault?.kind !== "configuration")
        log.error({ file }, `the configuration is broken: ${faultLines(file, read.errors)}`);
      fault = faultOf({ kind: "configuration", file, errors: read.errors }, fault);
    } else await start(read.config);
    changed();
  }

  /** What keeps the rig from starting (another rig's identity, a disk that is full or refuses) is for people to see and mend, like the configuration. */
  async function start(config: RigConfig): Promise<void> {
    try {
      rig = await startRig(config, { ...options, clock, changed });
    } catch (error) {
      if (fault?.kind !== "start") log.error({ err: error }, "the rig could not be started; it is tried again");
      const errors = [{ path: "", line: null, column: null, message: textOf(error), nearest: null, excerpt: [] }];
      fault = faultOf({ kind: "start", file, errors }, fault);
      return;
    }
    fault = null;
    log.info({ rig: config.rig, epoch: rig.record.epoch }, "started");
    rig.gateway.done.catch(fail);
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

function faultOf(what: Pick<HmiFault, "kind" | "file" | "errors">, before: HmiFault | null): HmiFault {
  const now = Date.now();
  const text =
    what.kind === "configuration"
      ? "The configuration was read and refused."
      : "The configuration was read. The rig could not be started.";
  return {
    ...what,
    since: before?.since ?? now,
    checkedAt: now,
    works: ["This screen"],
    stopped: ["Reading of all devices", "Alarms", "Sending to the cloud"],
    happened: before?.kind === what.kind ? before.happened : [...(before?.happened ?? []), { at: now, text }],
  };
}

/** An error with what it came from, for people. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : textOf(error.cause);
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
