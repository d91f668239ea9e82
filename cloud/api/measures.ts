import { createMiddleware } from "hono/factory";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RigId } from "../../shared/domain/id.ts";
import { askedWithin } from "../../shared/node/asked-within.ts";
import { HttpError } from "../../shared/node/http/errors.ts";
import { isStorageError } from "../archive/damage.ts";
import type { History } from "../archive/history.ts";
import type { Questions } from "../archive/questions.ts";
import { type ApiEnv, routeOf } from "./guard.ts";

const requestBuckets = [0.005, 0.01, 0.02, 0.06, 0.25, 1, 5];
/** A number that is not known after so long is left out, ms: a scraper gives up on what comes late. */
const LATE_MS = 2_000;
const queryBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2];

export type Measures = ReturnType<typeof openMeasures>;

/** What is counted of the API and told of the rigs, for `GET /metrics`. */
export function openMeasures() {
  const register = new Registry();
  const registers = [register];
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time to answer a request",
    labelNames: ["route"],
    buckets: requestBuckets,
    registers,
  });
  const points = new Counter({
    name: "sensor_data_points_total",
    help: "Readings landed since the start",
    labelNames: ["rig"],
    registers,
  });
  const queries = new Histogram({
    name: "database_query_duration_seconds",
    help: "Time of a question to the archive",
    labelNames: ["query"],
    buckets: queryBuckets,
    registers,
  });

  const leftOut = new Counter({
    name: "idrill_metrics_left_out_total",
    help: "Times that a metric was left out, since what knows it was busy or could not say",
    labelNames: ["metric"],
    registers,
  });

  return {
    text: () => register.metrics(),
    contentType: register.contentType,
    /** Counts requests by the router's own names, so that made-up paths make no series. */
    requests: createMiddleware<ApiEnv>(async (c, next) => {
      const end = duration.startTimer();
      await next();
      const route = routeOf(c) ?? "none";
      end({ route });
      requests.inc({ method: c.req.method, route, status: String(c.res.status) });
    }),
    points: (rig: RigId, count: number) => points.inc({ rig }, count),
    /** A number that is asked for when somebody reads; left out where it is not known within 2 s. */
    gauge(name: string, help: string, labelNames: string[], read: () => Promise<Rows>) {
      const rows = askedWithin(() => rowsOrNull(read), LATE_MS);
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        async collect() {
          this.reset();
          const known = await rows();
          if (known === null) leftOut.inc({ metric: name });
          else for (const [labels, value] of known) this.set(labels, value);
        },
      });
    },
    /** Times a question to the archive. */
    async query<T>(name: string, answer: Promise<T>): Promise<T> {
      const end = queries.startTimer({ query: name });
      try {
        return await answer;
      } finally {
        end();
      }
    },
  };
}

type Rows = [Record<string, string>, number][];

/** Null where the storage cannot say it just now, or its thread has too much to do: the others are told all the same. */
async function rowsOrNull(read: () => Promise<Rows>): Promise<Rows | null> {
  try {
    return await read();
  } catch (error) {
    if (isStorageError(error) || (error instanceof HttpError && error.status === 503)) return null;
    throw error;
  }
}

/** The same archive, with each question timed. */
export function timed(history: History, { query }: Pick<Measures, "query">): History {
  return {
    rigs: () => query("rigs", history.rigs()),
    rig: (rig) => query("rig", history.rig(rig)),
    tags: (rig) => query("tags", history.tags(rig)),
    dictionary: (...asked) => query("dictionary", history.dictionary(...asked)),
    latest: (rig) => query("latest", history.latest(rig)),
    readings: (...asked) => query("readings", history.readings(...asked)),
    buckets: (...asked) => query("buckets", history.buckets(...asked)),
    coverage: (...asked) => query("coverage", history.coverage(...asked)),
    events: (...asked) => query("events", history.events(...asked)),
    alarms: (rig) => query("alarms", history.alarms(rig)),
    counters: () => query("counters", history.counters()),
    facts: () => query("facts", history.facts()),
    close: () => history.close(),
  };
}

/** The same for long questions, their wait for the thread included. */
export function timedQuestions(questions: Questions, { query }: Pick<Measures, "query">): Questions {
  return {
    buckets: (...asked) => query("buckets", questions.buckets(...asked)),
    readings: (...asked) => query("readings", questions.readings(...asked)),
    coverage: (...asked) => query("coverage", questions.coverage(...asked)),
    noGoodValue: (...asked) => query("noGoodValue", questions.noGoodValue(...asked)),
    anomalies: (...asked) => query("anomalies", questions.anomalies(...asked)),
    events: (...asked) => query("events", questions.events(...asked)),
  };
}
