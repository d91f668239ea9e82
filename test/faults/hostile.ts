import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Random } from "../sim/random.ts";
import { until } from "../support/parts.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { type Intruder, type Message, openIntruder } from "./intruder.ts";
import type { Stage } from "./stage.ts";

const FLIPS = 200;
const MOST_CUTS = 800;

/** What ingest counted so far: all whose names begin so. */
export function countedAs(stage: Stage, name: string): number {
  const db = new Database(join(stage.scene.data, "cloud", "archive.db"), { readonly: true, timeout: 10_000 });
  try {
    const sum = db.prepare<[string], number | null>("select sum(value) from counter where name like ?").pluck();
    return sum.get(`${name}%`) ?? 0;
  } finally {
    db.close();
  }
}

function flipped(payload: Buffer, random: Random): Buffer {
  const copy = Buffer.from(payload);
  const at = random.int(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.int(8));
  return copy;
}

/** Every message three times and in reverse, cut short, with a bit flipped, and under topics that are not its own. */
async function attack(intruder: Intruder, said: readonly Message[], random: Random): Promise<void> {
  for (let times = 0; times < 3; times++)
    for (const { topic, payload } of said.toReversed()) await intruder.say(topic, payload);
  for (const way of ["rig/", "cfg/"]) {
    const sent = said.filter(({ topic }) => topic.startsWith(way));
    const [smallest] = sent.toSorted((one, other) => one.payload.length - other.payload.length);
    if (smallest === undefined) throw new Error(`nothing was heard below ${way}`);
    const step = Math.ceil(smallest.payload.length / MOST_CUTS);
    for (let cut = 0; cut < smallest.payload.length; cut += step)
      await intruder.say(smallest.topic, smallest.payload.subarray(0, cut));
    for (let i = 0; i < FLIPS; i++) {
      const { topic, payload } = random.pick(sent) ?? smallest;
      await intruder.say(topic, flipped(payload, random));
    }
  }
  for (const { payload } of said)
    for (const topic of ["rig/rig-14/events", "rig/rig-14/hello", "rig/rig-15/live", "cfg/rig-14/receipt"])
      await intruder.say(topic, payload);
}

/** What such messages are kept aside as. */
const reasons = ["aside: malformed", "aside: signature", "aside: another rig", "aside: lane"];

/** Faults of an open broker at which somebody else writes too. */
export const hostileFaults: readonly Fault[] = [
  {
    id: "F28",
    title: "payloads doubled, reordered, cut, corrupted, both ways, by a stranger at the broker",
    carriers: ["mosquitto", "nats"],
    strikes: { fast: 1, full: 10 },
    run: eachStrike(async (stage, random) => {
      const intruder = await openIntruder(stage.scene.ports.mqtt, ["rig/#", "cfg/#"]);
      try {
        // So that there are a hello, an answer and something owed to hear.
        stage.mqtt.mode("drop");
        await sleep(3_000);
        stage.mqtt.mode("up");
        await until(
          async () =>
            ["rig/rig-14/hello", "cfg/rig-14/hello", "cfg/rig-14/receipt", "rig/rig-14/live"].every((topic) =>
              intruder.heard.some((one) => one.topic === topic),
            ),
          () => `heard only ${[...new Set(intruder.heard.map(({ topic }) => topic))].join(", ")}`,
          90,
        );
        const before = reasons.map((reason) => countedAs(stage, reason));
        const silent = () => reasons.filter((reason, i) => countedAs(stage, reason) === before[i]);
        await attack(intruder, intruder.heard.slice(-60), random);
        await until(
          async () => silent().length === 0,
          () => `nothing was counted as ${silent().join(", ")}`,
          90,
        );
      } finally {
        await intruder.close();
      }
      await stage.drained();
      await stage.allGood();
    }),
  },
];
