import { openSynchronisation } from "../shared/node/clock-sync.ts";
import type { Log } from "../shared/node/log.ts";
import { machineClock, openClock } from "./clock.ts";
import { watchFile } from "./configuration/watch.ts";
import { openPeople } from "./hmi/people.ts";
import { type Hmi, startHmi } from "./hmi/server.ts";
import { openRuns } from "./runs.ts";
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
  /** Why the folder is not locked for this process; null, or absent, where it is. */
  unlocked?: () => string | null;
}

/** The screen, and the rig as soon as its configuration parses and nothing else keeps it from starting. */
export interface RunningDaemon {
  hmiPort: number;
  stop(): Promise<void>;
  /** Rejects when a part dies of a bug. */
  done: Promise<unknown>;
}

/** The file is looked at, and a rig that does not start tried again, at least this often. */
const LOOK_MS = 2_000;

/** Starts the screen first, so that it can show what is wrong; then the rig. */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { file, folder, log, announce, operatorPassword } = options;
  const stopping = new AbortController();
  const synchronisation = openSynchronisation();
  const clock = openClock(machineClock(synchronisation));
  const startedAt = Date.now();
  let hmi: Hmi | null = null;
  const runs = openRuns({ ...options, clock, changed: () => hmi?.changed() });

  const people = await openPeople(folder, operatorPassword, announce, log);
  hmi = await startHmi({
    daemon: openScreen({ clock, startedAt, runs }),
    people,
    log,
    port: options.hmiPort,
    web: options.web,
  });
  log.info({ port: hmi.port }, "the rig's screen is served");
  await synchronisation.asked;
  await runs.look(true);
  const watching = watchFile(file, () => runs.look(false), { pollMs: LOOK_MS, signal: stopping.signal });
  const done = Promise.all([runs.died, watching]);
  done.catch(() => undefined); // A rejection that nobody waits for yet is no fault.

  return {
    hmiPort: hmi.port,
    done,
    async stop() {
      stopping.abort();
      synchronisation.stop();
      await runs.stop();
      await hmi?.close();
    },
  };
}
