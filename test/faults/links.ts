import { setTimeout as sleep } from "node:timers/promises";
import type { LinkMode } from "../support/link.ts";
import { until } from "../support/parts.ts";
import { eachStrike, type Fault } from "./fault.ts";
import type { Stage } from "./stage.ts";

/** One and a half times the keep-alive: how soon a link that says nothing must be seen as down, s. */
const seenS = 45;

const linkIsDown = (stage: Stage) =>
  until(
    async () => (await stage.health()).link.state !== "up",
    () => "the edge still takes its link for up",
    seenS + 5,
  );

async function cut(stage: Stage, mode: LinkMode): Promise<void> {
  stage.mqtt.mode(mode);
  await linkIsDown(stage);
  stage.mqtt.mode("up");
  await stage.drained();
}

/** Faults of the link between edge and broker. */
export const linkFaults: readonly Fault[] = [
  {
    id: "F23",
    title: "link silent in both directions until it is seen",
    strikes: { fast: 1, full: 5 },
    run: eachStrike(async (stage, random) => {
      await sleep(random.next() * 3_000);
      await cut(stage, "silence");
    }),
  },
  {
    id: "F24",
    title: "one direction of the link lost",
    strikes: { fast: 2, full: 6 },
    run: eachStrike(async (stage, random, strike) => {
      await sleep(random.next() * 3_000);
      await cut(stage, strike % 2 === 0 ? "no answers" : "no sends");
    }),
  },
  {
    id: "F25",
    title: "link flapping, 10 s up and 10 s down",
    strikes: { fast: 4, full: 90 },
    run: eachStrike(async (stage, random) => {
      stage.mqtt.mode(random.chance(0.5) ? "drop" : "silence");
      await sleep(10_000);
      stage.mqtt.mode("up");
      await sleep(10_000);
    }),
  },
];
