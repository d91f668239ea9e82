import { join } from "node:path";
import WebSocket from "ws";
import { z } from "zod";
import { openSqliteReader } from "../../shared/node/sqlite.ts";
import { bigRig, RIG, startDevices } from "./big-rig.ts";
import { type Figure, figure, type Group, percentile } from "./figure.ts";
import { until } from "./office.ts";
import { connected, openStage, type Stage, signIn, startCloud, startEdge } from "./program.ts";
import { echoMs } from "./raw-socket.ts";
import { openScreen } from "./screen.ts";

const MEASURE_MS = 30_000;
/** Four times as often as usual, for more samples. */
const EVERY_MS = 250;
/** Those of the device; behind them stands the score, whose time is that of an earlier tick. */
const DEVICE_TAGS = 1_000;

const SensorData = z.object({
  message_type: z.literal("sensor_data"),
  data: z.object({ epoch: z.string(), frame: z.number().int() }),
});

/**
 * A rig of 1,000 tags at 4 Hz and the cloud, each as its own process; this one looks on. Screen: from a reading's own time (the gateway's, whole ms) to
 * the event with it received. Console: from the close of a frame (as the journal has it) to the message that shows it received.
 */
export const latency: Group = {
  name: "latency",
  async run() {
    const stage = await openStage();
    try {
      return await measure(stage);
    } finally {
      await stage.close();
    }
  },
};

async function measure(stage: Stage): Promise<Figure[]> {
  const ports = await startDevices(stage, 1);
  await startCloud(stage);
  const claim = (await stage.run(["cloud/main.ts", "--claim", RIG])).trim();
  const edge = await startEdge(stage, bigRig(stage, ports, { everyMs: EVERY_MS }), { IDRILL_CLAIM: claim });
  await connected(stage);
  const screenMs: number[] = [];
  const screen = await openScreen(stage.ports.hmi, ({ event, arrivedAt, values }) => {
    if (event !== "change" || values === null) return;
    const polled = values.at.filter((_, i) => (values.tag[i] ?? DEVICE_TAGS) < DEVICE_TAGS);
    for (const at of new Set(polled)) screenMs.push(arrivedAt - at);
  });
  const office = await openConsole(stage);
  await until("the office shows the rig", () => office.arrived.size > 5);
  screenMs.length = 0;
  office.arrived.clear();
  await new Promise((done) => setTimeout(done, MEASURE_MS));
  screen.close();
  office.close();
  await edge.end();
  const consoleMs = latenciesOf(stage, office.arrived);
  const bare = percentile(await echoMs(), 0.99);
  const what = (n: number, more: string) => `a raw socket's round trip, p99 ms (of ${n} ${more})`;
  return [
    figure(
      "latency.hmi",
      percentile(screenMs, 0.99),
      "ms",
      what(screenMs.length, "polls to the event received; painting in a browser not included"),
      bare,
    ),
    figure(
      "latency.console",
      percentile(consoleMs, 0.99),
      "ms",
      what(consoleMs.length, "frames to the message received; painting in a browser not included"),
      bare,
    ),
  ];
}

/** Signs in on the office's socket and notes when each frame was first shown. */
async function openConsole(stage: Stage): Promise<{ arrived: Map<string, number>; close(): void }> {
  const token = await signIn(stage);
  const arrived = new Map<string, number>();
  const socket = new WebSocket(`ws://127.0.0.1:${stage.ports.cloud}/api/v1/sensor-data/ws/${RIG}`);
  socket.on("message", (bytes) => {
    const at = performance.timeOrigin + performance.now();
    const message = SensorData.safeParse(JSON.parse(String(bytes)));
    if (message.success) arrived.set(`${message.data.data.epoch} ${message.data.data.frame}`, at);
  });
  await new Promise((done, fail) => socket.once("open", done).once("error", fail));
  socket.send(JSON.stringify({ message_type: "authenticate", token }));
  return { arrived, close: () => socket.terminate() };
}

/** A frame's key in the journal: see edge/journal/schema.ts. */
const SEQS = 2 ** 32;

function latenciesOf(stage: Stage, arrived: ReadonlyMap<string, number>): number[] {
  const db = openSqliteReader(join(stage.data, "edge", "journal.db"));
  const closedAt = db
    .prepare<[number, string], number>(
      "select f.at from epoch e join frame f on f.key = e.no * 2 * 4294967296 + ? where e.id = ?",
    )
    .pluck();
  const found: number[] = [];
  for (const [name, at] of arrived) {
    const [epoch = "", seq] = name.split(" ");
    const closed = closedAt.get(Number(seq) % SEQS, epoch);
    if (closed !== undefined) found.push(at - closed);
  }
  db.close();
  return found;
}
