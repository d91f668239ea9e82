import type { Uplink, UplinkState } from "./uplink.ts";

/** An uplink that comes about later, or never: until then it is down for this reason, and refuses to publish. */
export function lateUplink(opening: Promise<Uplink | null>, reason: string): Uplink {
  let uplink: Uplink | null = null;
  const opened = opening.then((ready) => {
    uplink = ready;
  });
  const waiting: UplinkState = {
    up: false,
    since: Date.now(),
    reason,
    sentBytes: 0,
    receivedBytes: 0,
    oversized: 0,
    roundTripMs: null,
  };
  return {
    publish: async (topic, bytes, way) => (uplink === null ? false : uplink.publish(topic, bytes, way)),
    state: () => uplink?.state() ?? { ...waiting },
    async close() {
      await opened;
      await uplink?.close();
    },
  };
}
