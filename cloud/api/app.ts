import { bodyLimit } from "hono/body-limit";
import { answerErrors, notFound, tooLarge } from "../../shared/node/http/errors.ts";
import { secured } from "../../shared/node/http/headers.ts";
import { traced } from "../../shared/node/http/trace.ts";
import type { Log } from "../../shared/node/log.ts";
import type { History } from "../archive/history.ts";
import type { Keeping } from "../archive/keeping.ts";
import type { Questions } from "../archive/questions.ts";
import type { Auth } from "../auth/auth.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { BackfillRates } from "../live/backfill-rates.ts";
import type { Contacts } from "../live/contacts.ts";
import type { Live } from "../live/live.ts";
import { aggregated } from "./aggregated.ts";
import { alarms } from "./alarms.ts";
import { anomalies } from "./anomalies.ts";
import { type Api, openRouter } from "./answers.ts";
import { claim } from "./claim.ts";
import { consolePages } from "./console.ts";
import { coverage } from "./coverage.ts";
import { events } from "./events.ts";
import { fleetConfirm } from "./fleet-confirm.ts";
import { guard } from "./guard.ts";
import { health } from "./health.ts";
import { healthLive } from "./health-live.ts";
import { healthReady } from "./health-ready.ts";
import { healthServices } from "./health-services.ts";
import { historical } from "./historical.ts";
import { live } from "./live.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { me } from "./me.ts";
import { type Measures, timed, timedQuestions } from "./measures.ts";
import { metrics } from "./metrics.ts";
import { openapi } from "./openapi.ts";
import type { Probes } from "./probes.ts";
import { realtime } from "./realtime.ts";
import { refresh } from "./refresh.ts";
import { requests } from "./requests.ts";
import { rig } from "./rig.ts";
import { rigs } from "./rigs.ts";
import { sensors } from "./sensors.ts";
import { storageError } from "./storage-error.ts";

export interface AppParts {
  auth: Auth;
  fleet: Fleet;
  history: History;
  questions: Questions;
  live: Live;
  contacts: Contacts;
  rates: BackfillRates;
  probes: Probes;
  measures: Measures;
  log: Log;
  /** This release's. */
  version: string;
  /** How the archive fares. */
  keeping(): Keeping;
  /** The console's built folder. */
  console: string;
  metricsToken: string | undefined;
}

/** No body of ours comes near. */
const largestBody = 64 * 1024;

/** Every route of the cloud. To add one: its file beside this one, its line here, its row in matrix.ts. */
export function openApp(parts: AppParts): Api {
  const { auth, fleet, contacts, live: hub, probes, measures, version } = parts;
  const history = timed(parts.history, measures);
  const questions = timedQuestions(parts.questions, measures);
  const app = openRouter();
  const answer = answerErrors(parts.log);
  app.onError((error, c) => answer(storageError(error, parts.log), c));
  app.notFound(() => {
    throw notFound("route");
  });
  app.use(traced, secured, measures.requests);
  app.use(bodyLimit({ maxSize: largestBody, onError: tooLarge }));
  app.use(guard(parts));

  health(app, probes);
  healthServices(app, probes);
  healthReady(app, probes);
  healthLive(app);
  login(app, auth);
  refresh(app, auth);
  logout(app, auth);
  me(app);
  claim(app, fleet, parts.log);
  fleetConfirm(app, fleet, parts.log);
  realtime(app, history);
  historical(app, history, contacts, questions);
  aggregated(app, history, contacts, questions);
  live(app, hub);
  rigs(app, history, contacts, fleet);
  rig(app, history, contacts);
  coverage(app, history, contacts, questions, parts.rates);
  requests(app, fleet, history, parts.log);
  events(app, history);
  alarms(app, history, contacts);
  anomalies(app, history, questions);
  sensors(app);
  metrics(app, measures, history, contacts, hub, parts.keeping);
  openapi(app, version);
  consolePages(app, parts.console, probes, version);
  return app;
}
