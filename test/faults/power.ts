import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Acknowledged, fromCopy, namedIn, stillThere, storedIn } from "./acknowledged.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { mountsMissing } from "./mounts.ts";
import { diskOf, onOwnDisk } from "./own-disk.ts";
import type { Stage } from "./stage.ts";

/** Makes a program's databases run with synchronous=NORMAL, which loses what was committed since the last checkpoint. */
const unsynced = { NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, "unsynced.ts"))}` };

interface Side {
  file: string;
  read: (file: string) => Acknowledged;
  pid(): number;
  kill(): Promise<unknown>;
  start(env?: Record<string, string>): Promise<unknown>;
}

const edgeOf = (stage: Stage): Side => ({
  file: join(stage.scene.data, "edge", "journal.db"),
  read: namedIn,
  pid: () => stage.edge().pid,
  kill: () => stage.edge().end("SIGKILL"),
  start: (env = {}) => stage.startEdge({ env }),
});
const cloudOf = (stage: Stage): Side => ({
  file: join(stage.scene.data, "cloud", "archive.db"),
  read: storedIn,
  pid: () => stage.cloud().pid,
  kill: () => stage.cloud().end("SIGKILL"),
  start: (env = {}) => stage.startCloud(env),
});

/** The power goes; throws a LostError where something is gone that had been acknowledged. Nothing runs afterwards. */
async function cut(stage: Stage, side: Side): Promise<void> {
  const promised = side.read(side.file);
  process.kill(side.pid(), "SIGSTOP");
  diskOf(stage).cutPower();
  await side.kill();
  stillThere(promised, fromCopy(side.file, side.read));
}

const powerCut = (id: string, part: "edge" | "cloud", strikes: Fault["strikes"]): readonly Fault[] => {
  const sideOf = part === "edge" ? edgeOf : cloudOf;
  const shared = { missing: mountsMissing, prepare: onOwnDisk(part) };
  return [
    {
      id,
      title: `power cut of the ${part}: what was not synced is gone`,
      ...shared,
      strikes,
      run: eachStrike(async (stage, random) => {
        await sleep(200 + random.next() * 4_800);
        await cut(stage, sideOf(stage));
        await sideOf(stage).start();
      }),
    },
    {
      id: `${id}-normal`,
      title: `control: the same ${part} with synchronous=NORMAL`,
      ...shared,
      mustLose: true,
      strikes: { fast: 1, full: 5 },
      async run(stage, random, most) {
        const side = sideOf(stage);
        await side.kill();
        for (let strike = 0; strike < most; strike++) {
          await side.start(unsynced);
          await stage.drained();
          await sleep(5_000 + random.next() * 3_000);
          await cut(stage, side);
        }
      },
    },
  ];
};

/** Faults of the power: of the edge, the cloud and the broker, with the setting that loses as their control. */
export const powerFaults: readonly Fault[] = [
  ...powerCut("F03", "edge", { fast: 5, full: 50 }),
  ...powerCut("F04", "cloud", { fast: 3, full: 10 }),
  {
    id: "F05",
    title: "power cut of the broker, which may lose all that it acknowledged",
    missing: mountsMissing,
    prepare: onOwnDisk("broker"),
    carriers: ["mosquitto", "nats"],
    strikes: { fast: 2, full: 10 },
    run: eachStrike(async (stage, random) => {
      await sleep(200 + random.next() * 4_800);
      stage.broker?.pause();
      diskOf(stage).cutPower();
      await stage.broker?.end("SIGKILL");
      await stage.broker?.start();
    }),
  },
];
