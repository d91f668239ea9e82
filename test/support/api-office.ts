import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApp } from "../../cloud/api/app.ts";
import { liveParts } from "../../cloud/api/live-parts.ts";
import { openMeasures } from "../../cloud/api/measures.ts";
import { type Check, probesOf } from "../../cloud/api/probes.ts";
import { serveApp } from "../../cloud/api/serve.ts";
import type { History } from "../../cloud/archive/history.ts";
import { questionsOf } from "../../cloud/archive/questions.ts";
import { type Auth, openAuth } from "../../cloud/auth/auth.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { openBackfillRates } from "../../cloud/live/backfill-rates.ts";
import { openContacts } from "../../cloud/live/contacts.ts";
import { startLive } from "../../cloud/live/live.ts";
import type { Limits } from "../../cloud/live/viewer.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { Role } from "../../shared/domain/roles.ts";
import { openLog } from "../../shared/node/log.ts";
import { newSigningKey } from "../../shared/node/signing.ts";

export const password = "a long enough password";

interface OfficeOptions {
  history: History;
  /** Enrolled beside those of the archive. */
  rigs?: readonly RigId[];
  checks?: readonly Check[];
  limits?: Partial<Limits>;
  metricsToken?: string;
  console?: string;
}

/** The cloud's API over a given archive, with people and fleet of its own in a temporary folder. */
export async function openOffice(options: OfficeOptions) {
  const folder = mkdtempSync(join(tmpdir(), "office-"));
  const auth = openAuth(join(folder, "people.db"));
  const fleet = openFleet(join(folder, "fleet.db"));
  for (const rig of new Set([...(await options.history.rigs()).map(({ rig }) => rig), ...(options.rigs ?? [])]))
    fleet.claim({ rig, token: fleet.issueClaim(rig), publicKey: newSigningKey().publicKey });
  const log = openLog("cloud", "silent");
  const { history, limits } = options;
  const contacts = openContacts();
  const rates = openBackfillRates();
  const live = startLive({
    ...liveParts({ auth, fleet, history, contacts, log }),
    ...(limits === undefined ? {} : { limits }),
  });
  const app = openApp({
    keeping: () => ({
      ...{
        incarnation: null,
        problem: null,
        waiting: 0,
        refused: 0,
        damages: 0,
        askedAgain: 0,
        setAside: [],
        scrubbed: null,
        aside: [],
        at: 0,
      },
    }),
    auth,
    fleet,
    history,
    questions: questionsOf(history),
    live,
    contacts,
    rates,
    log,
    probes: probesOf(options.checks ?? [], 100),
    measures: openMeasures(),
    version: "0.0.0-test",
    console: options.console ?? join(folder, "no-console"),
    metricsToken: options.metricsToken,
  });
  return {
    app,
    auth,
    fleet,
    live,
    contacts,
    rates,
    folder,
    /** An account of that role, signed in; returns its access token. */
    signIn: (role: Role, rigs: readonly RigId[] = [], username = `${role}-1`) => signIn(auth, username, role, rigs),
    /** Listens on a free port of the loopback. */
    async listen() {
      const server = await serveApp(app, { port: 0, host: "127.0.0.1" });
      const { port } = server.address() as AddressInfo;
      return { port, url: `http://127.0.0.1:${port}`, close: () => server.stop() };
    },
    close() {
      live.close();
      auth.close();
      fleet.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function signIn(auth: Auth, username: string, role: Role, rigs: readonly RigId[]): Promise<string> {
  await auth.createUser({ username, password, role, rigs });
  const grant = await auth.login(username, password, "test");
  if (grant === "refused" || "waitS" in grant) throw new Error(`${username} was not signed in`);
  return grant.accessToken;
}
