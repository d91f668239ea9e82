import type { Live } from "../live/live.ts";
import type { Api } from "./answers.ts";
import type { Measures } from "./measures.ts";
import type { Past } from "./past.ts";

/** `GET /metrics`: Prometheus text. What concerns rigs is read from the archive when asked. */
export function metrics(app: Api, measures: Measures, past: Past, live: Pick<Live, "connections">): void {
  measures.gauge("active_websocket_connections", "Sockets open", [], () => [[{}, live.connections()]]);
  rigGauges(measures, past);
  measures.gauge("idrill_ingest_counted", "What ingest counted, by what", ["what"], () =>
    Object.entries(past.counters()).map(([what, count]) => [{ what }, count]),
  );
  app.get("/metrics", async (c) => {
    const text = await measures.text();
    return c.body(text, 200, { "content-type": measures.contentType });
  });
}

function rigGauges(measures: Measures, past: Past): void {
  const facts = () => past.rigs().map((rig) => ({ rig, ...past.about(rig) }));
  measures.gauge("idrill_rig_seen_seconds", "Since something of the rig landed", ["rig"], () =>
    facts().flatMap(({ rig, seenAt }) => (seenAt === null ? [] : [[{ rig }, (Date.now() - seenAt) / 1_000]])),
  );
  measures.gauge("idrill_rig_lag_seconds", "From the rig to here, of the newest live frame", ["rig"], () =>
    facts().flatMap(({ rig, lagMs }) => (lagMs === null ? [] : [[{ rig }, lagMs / 1_000]])),
  );
  measures.gauge(
    "idrill_rig_complete_to_seconds",
    "Everything before is stored or accounted for, Unix time",
    ["rig"],
    () => facts().flatMap(({ rig, completeTo }) => (completeTo === null ? [] : [[{ rig }, completeTo / 1_000]])),
  );
  measures.gauge(
    "idrill_rig_frames",
    "Frames by state: stored, thinned, quarantined, lost, expired",
    ["rig", "stream", "state"],
    () => past.rigs().flatMap((rig) => heldFrames(past, rig)),
  );
  measures.gauge("idrill_alarms_open", "Alarms that are not normal", ["rig", "priority"], () =>
    past.rigs().flatMap((rig) => openAlarms(past, rig)),
  );
}

function heldFrames(past: Past, rig: string): [Record<string, string>, number][] {
  const sums = new Map<string, number>();
  const now = Date.now();
  for (const { stream, state, first, last } of past.coverage(rig, now - 1, now).held) {
    const key = `${stream} ${state}`;
    sums.set(key, (sums.get(key) ?? 0) + last - first + 1);
  }
  return [...sums].map(([key, frames]) => {
    const [stream = "", state = ""] = key.split(" ");
    return [{ rig, stream, state }, frames];
  });
}

function openAlarms(past: Past, rig: string): [Record<string, string>, number][] {
  const alarms = past.alarms(rig);
  return [1, 2, 3, 4].map((priority) => [
    { rig, priority: String(priority) },
    alarms.filter((alarm) => alarm.priority === priority).length,
  ]);
}
