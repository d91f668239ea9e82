import WebSocket from "ws";
import { LiveMessage } from "../../shared/domain/api-live.ts";
import { adminToken } from "./parts.ts";

/** How old readings were when the office's screen got them. */
export interface LiveAges {
  /** Age at arrival, s, of each reading so far. */
  readonly ages: readonly number[];
  /** When the first one came, ms of performance.now(); null before. */
  firstAt(): number | null;
  close(): void;
}

/** Signs in at the cloud behind a port of loopback and watches a rig as the office's console does. Both clocks must be this machine's. */
export async function watchLive(port: number, rig: string): Promise<LiveAges> {
  const token = await adminToken(`http://127.0.0.1:${port}`);
  const ages: number[] = [];
  let firstAt: number | null = null;
  const began = Date.now();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/sensor-data/ws/${rig}`);
  socket.on("message", (bytes) => {
    const now = Date.now();
    const message = LiveMessage.parse(JSON.parse(String(bytes)));
    if (message.message_type !== "sensor_data") return;
    for (const at of message.data.at) {
      // What was read before is history, and scores carry the time of their window.
      if (at < began) continue;
      firstAt ??= performance.now();
      ages.push((now - at) / 1_000);
    }
  });
  await new Promise((done, fail) => socket.once("open", done).once("error", fail));
  socket.send(JSON.stringify({ message_type: "authenticate", token }));
  return { ages, firstAt: () => firstAt, close: () => socket.terminate() };
}
