import { createMiddleware } from "hono/factory";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RigId } from "../../shared/domain/id.ts";
import { type ApiEnv, routeOf } from "./guard.ts";
import type { Past } from "./past.ts";

const requestBuckets = [0.005, 0.01, 0.02, 0.06, 0.25, 1, 5];
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
    /** A number that is asked for when somebody reads. */
    gauge(name: string, help: string, labelNames: string[], read: () => Iterable<[Record<string, string>, number]>) {
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const [labels, value] of read()) this.set(labels, value);
        },
      });
    },
    /** Times a question to the archive. */
    query<T>(name: string, ask: () => T): T {
      const end = queries.startTimer({ query: name });
      try {
        return ask();
      } finally {
        end();
      }
    },
  };
}

/** The same archive, with each question timed. */
export function timed(past: Past, { query }: Pick<Measures, "query">): Past {
  return {
    rigs: () => query("rigs", () => past.rigs()),
    about: (rig) => query("about", () => past.about(rig)),
    tags: (rig) => query("tags", () => past.tags(rig)),
    latest: (rig) => query("latest", () => past.latest(rig)),
    readings: (...asked) => query("readings", () => past.readings(...asked)),
    buckets: (...asked) => query("buckets", () => past.buckets(...asked)),
    coverage: (...asked) => query("coverage", () => past.coverage(...asked)),
    events: (...asked) => query("events", () => past.events(...asked)),
    alarms: (rig) => query("alarms", () => past.alarms(rig)),
    counters: () => query("counters", () => past.counters()),
  };
}
