import { bigRig, RIG, startDevices, startLogger } from "./big-rig.ts";
import { type Figure, figure, type Group } from "./figure.ts";
import { connected, healthOf, openStage, type Stage, startCloud, startEdge } from "./program.ts";
import { openScreen } from "./screen.ts";

const WARM_MS = 10_000;
const MEASURE_MS = 20_000;

/**
 * The whole edge as its own process: polls raw Modbus servers in another process, checks, alarms, journals, scores and sends signed batches to the
 * cloud in a third one, with one screen's stream open.
 */
export const edge: Group = {
  name: "edge",
  async run({ say }) {
    const small = await onStage((stage) => load(stage, 10, say));
    const opcua = await onStage((stage) => load(stage, 10, say, true));
    const large = await onStage((stage) => load(stage, 50, say));
    return [
      cpu("edge.cpu.10k", small.cpu, "Telegraf 1.40 of the same load, as published; it stores and checks nothing", 4.9),
      cpu("edge.cpu.50k", large.cpu, "Telegraf 1.40 of the same load, as published; it stores and checks nothing", 18),
      figure("edge.rss.10k", small.rss, "MB", "Telegraf 1.40 as published (Node-RED 158)", 42),
      figure(
        "edge.rss.opcua",
        opcua.rss,
        "MB",
        "the same without OPC UA, in this call; with the demo's logger beside",
        small.rss,
      ),
    ];
  },
};

const cpu = (name: string, share: number, what: string, peer: number): Figure =>
  figure(name, share, "% of one core", what, peer);

async function onStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await openStage();
  try {
    return await work(stage);
  } finally {
    await stage.close();
  }
}

async function load(
  stage: Stage,
  devices: number,
  say: (line: string) => void,
  opcua = false,
): Promise<{ cpu: number; rss: number }> {
  const ports = await startDevices(stage, devices);
  const more = opcua ? [await startLogger(stage)] : [];
  await startCloud(stage);
  const claim = (await stage.run(["cloud/main.ts", "--claim", RIG])).trim();
  const program = await startEdge(stage, bigRig(stage, ports, { more }), {
    IDRILL_CLAIM: claim,
  });
  const screen = await openScreen(stage.ports.hmi, undefined, false);
  await connected(stage);
  await pause(WARM_MS);
  const [before, start, seen] = [program.cpuS(), performance.now(), screen.events()];
  let rss = 0;
  for (let i = 1; i <= 10; i++) {
    await pause(MEASURE_MS / 10);
    rss += program.rssMb() / 10;
  }
  const share = ((program.cpuS() - before) / ((performance.now() - start) / 1_000)) * 100;
  say(
    `edge, ${devices} devices${opcua ? " and OPC UA" : ""}: ${await healthOf(stage)}; ${screen.events() - seen} events to the screen`,
  );
  screen.close();
  await program.end();
  return { cpu: share, rss };
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
