import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/parts.ts";
import { type Blow, type Ground, inSeconds } from "./ground.ts";

/** One and a half times the keep-alive, and some: how soon a rig must see that its link is dead, s. */
const SEEN_S = 50;

/** Kills the edge as nobody can refuse and starts it again; what its journal showed before is noted. */
async function killEdge({ stage, witness, tell }: Ground): Promise<void> {
  witness.note();
  const began = performance.now();
  await stage.edge().end("SIGKILL");
  await stage.startEdge();
  tell(`kill -9 of the rig's daemon; it runs again after ${inSeconds(performance.now() - began)}`);
}

async function killOffice({ stage, random, tell, lasts }: Ground): Promise<void> {
  const began = performance.now();
  await stage.cloud().end("SIGKILL");
  await sleep(lasts(1 + 4 * random.next()));
  await stage.startCloud();
  tell(`kill -9 of the office, broker and archive; it runs again after ${inSeconds(performance.now() - began)}`);
}

/** What is broken without leave of the machine's administrator. */
export const blows: readonly Blow[] = [
  {
    name: "kill-rig",
    title: "the rig's daemon is killed (kill -9) at random moments",
    strikes: { quick: 1, full: 5 },
    async run(ground, strikes) {
      for (let strike = 0; strike < strikes; strike++) {
        await sleep(200 + ground.random.next() * ground.lasts(5));
        await killEdge(ground);
      }
    },
  },
  {
    name: "kill-office",
    title: "the office is killed (kill -9) at random moments, between commit and receipt or wherever it is",
    strikes: { quick: 1, full: 4 },
    sparesRig: true,
    async run(ground, strikes) {
      for (let strike = 0; strike < strikes; strike++) {
        await sleep(200 + ground.random.next() * ground.lasts(4));
        await killOffice(ground);
      }
      await ground.drain();
    },
  },
  {
    name: "cut",
    title: "the link is cut: connections break, new ones are refused",
    strikes: { quick: 1, full: 1 },
    sparesRig: true,
    async run(ground) {
      const ms = ground.lasts(20);
      ground.stage.mqtt.mode("drop");
      ground.tell(`cut for ${inSeconds(ms)}`);
      await sleep(ms);
      ground.stage.mqtt.mode("up");
      await ground.drain();
    },
  },
  {
    name: "half-open",
    title: "the link is half-open: connections stand, nothing comes through",
    strikes: { quick: 0, full: 1 },
    sparesRig: true,
    async run(ground) {
      const { stage, tell } = ground;
      const began = performance.now();
      stage.mqtt.mode("silence");
      await until(
        async () => (await stage.health()).link.state !== "up",
        () => "the rig still takes its link for up",
        SEEN_S,
      );
      tell(`silent both ways; the rig saw it after ${inSeconds(performance.now() - began)}`);
      stage.mqtt.mode("up");
      await ground.drain();
    },
  },
  {
    name: "one-way",
    title: "what the rig sends arrives, no answer comes back: no receipt, no acknowledgement",
    strikes: { quick: 1, full: 1 },
    sparesRig: true,
    async run(ground) {
      const ms = ground.lasts(20);
      ground.stage.mqtt.mode("no answers");
      ground.tell(`no answers for ${inSeconds(ms)}`);
      await sleep(ms);
      ground.stage.mqtt.mode("up");
      await ground.drain();
    },
  },
  {
    name: "twice",
    title: "every message arrives twice and out of order, both ways, and old ones come again",
    strikes: { quick: 1, full: 1 },
    sparesRig: true,
    async run(ground) {
      const { mqtt } = ground.stage;
      const ms = ground.lasts(30);
      const before = mqtt.repeated();
      mqtt.mode("twice");
      await sleep(ms);
      const repeated = mqtt.repeated() - before;
      if (repeated === 0) throw new Error("no message went over the link");
      ground.tell(`for ${inSeconds(ms)}: ${repeated} messages were delivered once more than they were sent`);
      mqtt.mode("up");
      await ground.drain();
    },
  },
  {
    name: "all",
    title: "all at once: the link is silent, the rig's daemon and the office are killed meanwhile",
    strikes: { quick: 0, full: 1 },
    async run(ground) {
      ground.stage.mqtt.mode("silence");
      await sleep(ground.lasts(6));
      await killEdge(ground);
      await sleep(ground.lasts(4));
      await killOffice(ground);
      await sleep(ground.lasts(4));
      await killEdge(ground);
      ground.stage.mqtt.mode("up");
      await ground.drain();
    },
  },
];
