import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import type { RequestEvent } from "../shared/domain/event.ts";
import type { Id, RigId } from "../shared/domain/id.ts";
import { type DataFolder, openDataFolder } from "../shared/node/data-folder.ts";
import { isRefused } from "../shared/node/disk-errors.ts";
import type { Log } from "../shared/node/log.ts";
import { reopening } from "../shared/node/reopening.ts";
import { openApp } from "./api/app.ts";
import { liveParts } from "./api/live-parts.ts";
import { openMeasures } from "./api/measures.ts";
import { type Check, probesOf } from "./api/probes.ts";
import { serveApp } from "./api/serve.ts";
import type { Finds } from "./archive/damage.ts";
import type { History } from "./archive/history.ts";
import { reopenedHistory } from "./archive/reopened-history.ts";
import type { Auth } from "./auth/auth.ts";
import type { Environment } from "./environment.ts";
import { fanOut } from "./fan-out.ts";
import type { Fleet } from "./fleet/fleet.ts";
import { type IngestThread, startIngest } from "./ingest-thread.ts";
import { compactionOf, integrityOf, landingOf } from "./keeping-health.ts";
import type { Landed } from "./landed.ts";
import { openBackfillRates } from "./live/backfill-rates.ts";
import { type Contacts, openContacts } from "./live/contacts.ts";
import { startLive } from "./live/live.ts";
import { startQuestions } from "./question-thread.ts";
import { authOpener, fleetOpener } from "./read-only.ts";
import { checkSmallDatabases } from "./small-databases.ts";

/** The whole cloud of one machine. */
export interface Office {
  /** Where people and rigs find it; null for a broker that is not ours. */
  ports: { cloud: number; mqtt: number | null };
  /** Of the admin that was just made; to be shown once. */
  firstPassword: string | null;
  /** Rejects when ingest or the thread for questions dies, or another process was first to lock a folder whose disk took nothing: then the process should end. */
  done: Promise<void>;
  stop(): Promise<void>;
}

/** Opens what is kept, starts ingest in its thread, then serves. Throws when another process has the data folder or a port is taken. */
export async function startOffice(environment: Environment, log: Log): Promise<Office> {
  const folder = openDataFolder(environment.IDRILL_DATA, "cloud");
  const path = (file: string) => join(folder.path, file);
  const lock = followLock(folder, log);
  const fleet = reopening(fleetOpener(path("fleet.db"), lock.problem, log));
  const auth = reopening(authOpener(path("people.db"), lock.problem, log));
  const firstPassword = await adminOf(auth, environment.IDRILL_ADMIN_PASSWORD, log);
  const version = ownVersion();

  let finds: Finds = () => {};
  const thread = startQuestions(path("archive.db"), (damage) => finds(damage));
  const { questions } = thread;
  // What is answered at once is asked here; what may take its time, of the thread.
  const own = reopenedHistory(path("archive.db"), (damage) => finds(damage));
  const history = { ...own, coverage: questions.coverage, events: questions.events };
  let landing: Id | null = null;
  let show: (what: Landed) => Promise<void> = async () => {};
  const { IDRILL_MQTT_URL: mqttUrl, MQTT_PORT: port } = environment;
  const ingest = await startIngest(
    {
      ...{
        archivePath: path("archive.db"),
        fleetPath: path("fleet.db"),
        unlocked: lock.problem(),
        host,
        port,
        version,
      },
      ...(mqttUrl && { mqttUrl }),
      clockTrue: environment.IDRILL_CLOCK_TRUE === "yes",
    },
    (what) => void show(what),
    ({ incarnation }) => {
      if (incarnation === landing) return;
      landing = incarnation;
      own.reopen(incarnation !== null);
      thread.reopen(incarnation !== null);
    },
  );
  finds = ingest.finds;
  lock.whenHeld(ingest.locked);
  const contacts = openContacts();
  const rates = openBackfillRates();
  const links = followLinks(ingest, contacts);
  const live = startLive(liveParts({ auth, fleet, history, contacts, log }));
  const measures = openMeasures();
  const dictionary = async (rig: string, hash: string) => (await history.dictionary(rig, hash))?.versions ?? null;
  show = fanOut({ live, contacts, rates, dictionary, points: measures.points, heard: hears(fleet, log), log });

  const app = openApp({
    auth,
    fleet,
    history,
    questions,
    live,
    contacts,
    rates,
    measures,
    log,
    version,
    keeping: ingest.keeping,
    probes: probesOf(checksOf(history, auth, ingest)),
    console: join(import.meta.dirname, "console", "web", "dist"),
    metricsToken: environment.IDRILL_METRICS_TOKEN,
  });
  const server = await serveApp(app, { port: environment.CLOUD_PORT, host });
  const ports = { cloud: (server.address() as AddressInfo).port, mqtt: ingest.port };
  log.info({ ...ports, version }, "cloud: started");
  return {
    ports,
    firstPassword,
    done: Promise.race([ingest.done, thread.done, lock.taken]),
    async stop() {
      clearInterval(links);
      lock.stop();
      live.close();
      await server.stop();
      await ingest.close();
      await thread.close();
      history.close();
      auth.close();
      fleet.close();
      folder.close();
      log.info("cloud: stopped");
    },
  };
}

/** Whether this process may write to its folder. */
interface FollowedLock {
  /** Why nothing in the folder may be written yet; null once the lock is held and the small databases were looked at. */
  problem(): string | null;
  /** Calls it once the lock is held; at once where it is. */
  whenHeld(then: () => void): void;
  /** Rejects where another process was first. */
  taken: Promise<never>;
  stop(): void;
}

/** A disk that takes nothing lets nobody lock the folder: that is made good as soon as it takes writes, and nobody writes before. */
function followLock(folder: DataFolder, log: Log): FollowedLock {
  const { promise: taken, reject } = Promise.withResolvers<never>();
  // Told by the office's own promise, if that is ever waited for.
  taken.catch(() => undefined);
  const held = Promise.withResolvers<void>();
  let problem: string | null = null;
  const hold = () => {
    checkIfReadable(folder.path, log);
    problem = null;
    held.resolve();
  };
  const first = folder.unlocked();
  const look = () => {
    const now = folder.unlocked();
    if (now !== null && !now.taken) return;
    clearInterval(timer);
    if (now === null) hold();
    else {
      problem = now.problem;
      reject(new Error(now.problem));
    }
  };
  const timer = setInterval(look, 1_000);
  if (first === null) look();
  else {
    problem = first.problem;
    log.error(
      { problem },
      "cloud: the disk takes nothing; what it has is answered, nothing is written and nothing lands until it does",
    );
  }
  return {
    problem: () => problem,
    whenHeld: (then) => void held.promise.then(then),
    taken,
    stop: () => clearInterval(timer),
  };
}

/** Asks the broker every 2 s whose connections it holds; without an answer nobody's is known. */
function followLinks(ingest: Pick<IngestThread, "connected">, contacts: Contacts): NodeJS.Timeout {
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    contacts.link(await ingest.connected(), Date.now());
    asking = false;
  };
  return setInterval(() => void ask(), 2_000);
}

/** Damage is mended before anything is opened; a disk that refuses is waited for. */
function checkIfReadable(folder: string, log: Log): void {
  try {
    checkSmallDatabases(folder, log);
  } catch (error) {
    if (!isRefused(error)) throw error;
    log.error({ err: error }, "the disk refuses: whether the databases are whole is not known");
  }
}

/** A disk that takes nothing changes no password; people who are there sign in as they did. */
async function adminOf(auth: Auth, chosen: string | undefined, log: Log): Promise<string | null> {
  try {
    return await auth.ensureAdmin(chosen);
  } catch (error) {
    if (!isRefused(error)) throw error;
    log.error({ err: error }, "the disk refuses: the admin's password stays as it was");
    return null;
  }
}

/** Notes what a rig said of a request; where the disk refuses, the rig says it again once it is told again. */
function hears(fleet: Fleet, log: Log): (rig: RigId, event: RequestEvent) => void {
  return (rig, event) => {
    try {
      fleet.heardRequest(rig, event);
    } catch (error) {
      log.error({ err: error, rig, request: event.request }, "what a rig said of a request could not be noted");
    }
  };
}

/** Rigs and people come from elsewhere. */
const host = "0.0.0.0";

function ownVersion(): string {
  const file = readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}

/** What the cloud needs, asked for real. */
function checksOf(history: History, auth: Auth, ingest: IngestThread): Check[] {
  const database = async (message: () => Promise<string> | string) => ({
    status: "healthy" as const,
    message: await message(),
  });
  return [
    {
      name: "archive",
      needed: true,
      ask: () => database(async () => `${(await history.facts()).bytes} bytes`),
    },
    {
      name: "people",
      needed: true,
      ask: () =>
        database(() => {
          auth.probe();
          return "answers";
        }),
    },
    {
      name: "ingest",
      needed: true,
      async ask() {
        // An answer of the thread itself: it turns, and its broker is up.
        const rigs = await ingest.connected();
        const connected = rigs === null ? "connected to another broker" : `${rigs.length} rigs connected`;
        return { status: "healthy", message: `${connected}, ${ingest.keeping().waiting} batches wait for compaction` };
      },
    },
    { name: "landing", needed: true, ask: () => landingOf(ingest.keeping()) },
    { name: "compaction", needed: false, ask: () => compactionOf(ingest.keeping()) },
    {
      name: "integrity",
      needed: false,
      ask: async () => integrityOf(ingest.keeping(), (await history.facts()).damaged),
    },
  ];
}
