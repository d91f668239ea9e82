import { setTimeout as sleep } from "node:timers/promises";
import { hangBroker, startBroker, stopBroker } from "./brokers.ts";
import { allCarriers } from "./carriers.ts";
import { eachStrike, type Fault } from "./fault.ts";

/** How long each of the four outages lasts by which gateways are compared, ms. */
const outageMs = 60_000;

/** The four outages in which other gateways were measured: whatever happens beyond the edge, it goes on polling and loses nothing. */
export const outages: readonly Fault[] = [
  {
    id: "O1",
    title: "broker stopped for 60 s",
    carriers: allCarriers,
    strikes: { fast: 1, full: 3 },
    run: eachStrike(async (stage) => {
      await stopBroker(stage);
      await sleep(outageMs);
      await startBroker(stage);
      await stage.drained();
    }),
  },
  {
    id: "O2",
    title: "link silent for 60 s",
    carriers: allCarriers,
    strikes: { fast: 1, full: 3 },
    run: eachStrike(async (stage) => {
      stage.mqtt.mode("silence");
      await sleep(outageMs);
      stage.mqtt.mode("up");
      await stage.drained();
    }),
  },
  {
    id: "O3",
    title: "broker hangs for 60 s without an acknowledgement, then is killed",
    carriers: allCarriers,
    strikes: { fast: 1, full: 3 },
    run: eachStrike(async (stage) => {
      hangBroker(stage);
      await sleep(outageMs);
      await stopBroker(stage, "SIGKILL");
      await startBroker(stage);
      await stage.drained();
    }),
  },
  {
    id: "O4",
    title: "broker stopped for 60 s, gateway killed after 30 s",
    carriers: allCarriers,
    strikes: { fast: 1, full: 3 },
    run: eachStrike(async (stage) => {
      await stopBroker(stage);
      await sleep(outageMs / 2);
      await stage.edge().end("SIGKILL");
      await stage.startEdge();
      await sleep(outageMs / 2);
      await startBroker(stage);
      await stage.drained();
    }),
  },
];
