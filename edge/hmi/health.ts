import type { Feed } from "./events.ts";
import type { RigView } from "./rig-view.ts";

/** Facts, not a verdict that would make a supervisor restart a daemon whose configuration is broken: only `status` sums them up. */
export function healthOf(daemon: RigView, feed: Feed) {
  const latest = daemon.latest();
  const values = latest?.good(performance.now()) ?? { good: 0, all: 0 };
  const fault = daemon.fault();
  const storage = daemon.storage();
  const { state, since, reason, roundTripMs, lastReceiptAt, completeTo, lanes } = daemon.link();
  const well = fault === null && latest !== null && values.good > 0 && (storage?.failed ?? null) === null;
  const devices = daemon.facts()?.devices ?? [];
  return {
    status: well ? "ok" : "degraded",
    rig: daemon.rig(),
    values,
    devices: devices.map(({ name, driver, connected, lastGoodAt, requests, failures, lastMs }) => {
      return { name, driver, connected, lastGoodAt, requests, failures, lastMs };
    }),
    configuration: configurationText(daemon),
    start: fault?.kind === "start" ? "failed" : "ok",
    storage,
    owed: lanes.map(({ lane, waitingFrames, waitingBytes, oldestAt }) => ({
      lane,
      frames: waitingFrames,
      bytes: waitingBytes,
      oldestAt,
    })),
    link: { state, since, reason, roundTripMs, lastReceiptAt, completeTo },
    clock: daemon.clock(),
    alarms: daemon.alarms().length,
    screens: feed.screens(),
    rssBytes: process.memoryUsage.rss(),
    uptimeS: Math.round(process.uptime()),
  };
}

function configurationText(daemon: RigView): string {
  const fault = daemon.fault();
  if (fault?.kind === "configuration") return countText(fault.errors.length);
  const beside = daemon.configuration();
  const file =
    beside?.state === "broken" ? `the file has ${countText(beside.errors.length)}` : "the file is not what runs";
  if (beside?.earlier != null) return `an earlier one runs, ${file}`;
  return beside === null || beside.state === "same" ? "ok" : file;
}

const countText = (count: number) => (count === 1 ? "1 error" : `${count} errors`);
