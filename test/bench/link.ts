import { watchDrain } from "../support/drain-watch.ts";
import { openScene, unmetered } from "../support/parts.ts";
import { type Congestion, openSatellite, satelliteMissing } from "../support/satellite.ts";
import { fillBacklog } from "./backlog.ts";
import { type Figure, figure, type Group, percentile } from "./figure.ts";

/** Of 100 tags at 1 Hz, at about half a byte a reading: some minutes of the link. */
const BACKLOG_S = 100_000;
const SEED = 4;
const RIG = "rig-14";
const GIVE_UP_S = 1_200;

interface Measured {
  congestion: Congestion;
  share: number;
  p95: number;
}

/** A backlog over 512 kbit/s, 600 ms and 1 % loss between real edge and real cloud, with live beside it. The figures are the worse of cubic and bbr; reno is told. */
export const link: Group = {
  name: "link",
  async run({ say }) {
    const missing = satelliteMissing();
    if (missing !== null) {
      say(`link.*: left out, ${missing}`);
      return [];
    }
    const measured: Measured[] = [];
    for (const congestion of ["cubic", "bbr", "reno"] as const) measured.push(await measure(congestion, say));
    const judged = measured.filter(({ congestion }) => congestion !== "reno");
    const shares = measured.map(({ congestion, share }) => `${congestion} ${share.toFixed(1)}`).join(", ");
    const ages = measured.map(({ congestion, p95 }) => `${congestion} ${p95.toFixed(2)}`).join(", ");
    const figures: Figure[] = [
      figure(
        "link.share",
        Math.min(...judged.map(({ share }) => share)),
        "%",
        `to reach; TCP payload of what the link carries, the worse of cubic and bbr (${shares})`,
        80,
      ),
      figure(
        "link.live.p95",
        Math.max(...judged.map(({ p95 }) => p95)),
        "s",
        `to reach; a reading's own time to the console's message while a backlog drains, the worse of cubic and bbr (${ages})`,
        5,
      ),
    ];
    return figures;
  },
};

async function measure(congestion: Congestion, say: (line: string) => void): Promise<Measured> {
  const satellite = await openSatellite({ congestion, seed: SEED });
  const scene = await openScene(satellite);
  try {
    await satellite.door("rig", scene.ports.hmi);
    await satellite.door("cloud", scene.ports.cloud);
    await fillBacklog(scene.data, BACKLOG_S, SEED);
    await scene.startRig(["--seed", String(SEED)]);
    await scene.startCloud();
    const { output } = await scene.run(["cloud/main.ts", "--claim", RIG]);
    await scene.startEdge({ env: { IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "" }, edit: unmetered });
    const drain = await watchDrain(scene, satellite, RIG, GIVE_UP_S);
    const p95 = percentile(drain.ages, 0.95);
    const { up } = drain.carried;
    say(
      `${congestion}: ${drain.share.toFixed(1)} % (IP packets ${drain.packetShare.toFixed(1)} %) over ${drain.seconds.toFixed(0)} s, live p50 ${percentile(drain.ages, 0.5).toFixed(2)} p95 ${p95.toFixed(2)} s of ${drain.ages.length} readings; ${up.lost} packets lost, ${up.overflowed} overflowed`,
    );
    return { congestion, share: drain.share, p95 };
  } finally {
    await scene.close();
    await satellite.close();
  }
}
