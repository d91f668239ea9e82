import { z } from "zod";
import { watchLive } from "./live-ages.ts";
import { type Scene, until } from "./parts.ts";
import type { Carried, Satellite } from "./satellite.ts";

/** How a backlog went over a satellite link. */
export interface Drain {
  /** From the connection on until nothing was owed but the last seconds, s. */
  seconds: number;
  /** TCP payload that arrived at the cloud, each byte once, as a share of what the link can carry of IP packets, %. */
  share: number;
  /** The same of whole IP packets, what was sent again included, %. */
  packetShare: number;
  carried: Carried;
  /** Age of the rig's new readings when the office's screen got them meanwhile, s. */
  ages: readonly number[];
  /** From the connection until the first of them came, s; null if none did. */
  firstLiveS: number | null;
}

const Health = z.object({ storage: z.object({ owedBytes: z.number() }), link: z.object({ state: z.string() }) });
/** What a healthy rig owes at any moment: the frames since the last receipt. */
const OPEN_BYTES = 8_000;
const LOOK_MS = 500;

/** Watches a backlog drain from the moment on that the edge is connected; throws when it takes longer than `withinS`. */
export async function watchDrain(scene: Scene, satellite: Satellite, rig: string, withinS: number): Promise<Drain> {
  await until(
    async () => (await healthOf(scene)).link.state === "up",
    () => `no connection\n${scene.logOf("edge")}`,
    60,
  );
  const began = performance.now();
  const before = await satellite.carried();
  // Before that the office may not know the rig.
  const live = await watchLive(scene.ports.cloud, rig);
  try {
    while ((await healthOf(scene)).storage.owedBytes >= OPEN_BYTES) {
      if (performance.now() - began > withinS * 1_000)
        throw new Error(`the backlog has not drained in ${withinS} s\n${scene.logOf("edge")}`);
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    const after = await satellite.carried();
    const seconds = (performance.now() - began) / 1_000;
    const capacity = (seconds * (satellite.settings.rate_kbit ?? 512) * 1_000) / 8;
    const firstAt = live.firstAt();
    return {
      seconds,
      share: (100 * (after.up.payload - before.up.payload)) / capacity,
      packetShare: (100 * (after.up.bytes - before.up.bytes)) / capacity,
      carried: after,
      ages: live.ages,
      firstLiveS: firstAt === null ? null : (firstAt - began) / 1_000,
    };
  } finally {
    live.close();
  }
}

async function healthOf({ ports }: Scene) {
  return Health.parse(await (await fetch(`http://127.0.0.1:${ports.hmi}/health`)).json());
}
