import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { namedIn, stillThere } from "./acknowledged.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { journalOf, type Stage } from "./stage.ts";

const Config = z.looseObject({
  devices: z.array(z.looseObject({ name: z.string(), tags: z.array(z.looseObject({ name: z.string() })) })),
});
type Config = z.infer<typeof Config>;

/** Changes that people make to a rig's configuration while it owes: other tags, other scales, another rhythm. */
const changes: readonly ((config: Config) => void)[] = [
  (config) => eachTag(config, (tag) => Object.assign(tag, { label: `New ${tag.name}` })),
  (config) => Object.assign(config, { tickMs: 500 }),
  (config) => {
    for (const device of config.devices) device.tags = device.tags.filter(({ name }) => name !== "surface_temperature");
  },
];

function eachTag(config: Config, change: (tag: Config["devices"][number]["tags"][number]) => void): void {
  for (const { tags } of config.devices) for (const tag of tags) change(tag);
}

/** The edge ends, and starts with a change: what its journal had promised is there still. */
async function reconfigure(stage: Stage, change: (config: Config) => void, signal: NodeJS.Signals): Promise<void> {
  const promised = namedIn(journalOf(stage));
  await stage.edge().end(signal);
  await stage.startEdge({
    edit(text) {
      const config = Config.parse(JSON.parse(text));
      change(config);
      return JSON.stringify(config);
    },
  });
  await stage.allGood();
  stillThere(promised, namedIn(journalOf(stage)));
}

/** Faults of people who change the rig's configuration. */
export const reconfiguredFaults: readonly Fault[] = [
  {
    id: "F44",
    title: "reconfigured while offline, and while draining",
    strikes: { fast: 1, full: 10 },
    run: eachStrike(async (stage, random, strike) => {
      stage.mqtt.mode("drop");
      for (let n = 0; n < 3; n++) {
        await sleep(2_000 + random.next() * 2_000);
        const change = changes[(strike + n) % changes.length];
        if (change !== undefined) await reconfigure(stage, change, random.chance(0.5) ? "SIGTERM" : "SIGKILL");
      }
      stage.mqtt.mode("up");
      await sleep(random.next() * 2_000);
      await reconfigure(stage, () => undefined, "SIGTERM");
      await stage.drained();
    }),
  },
];
