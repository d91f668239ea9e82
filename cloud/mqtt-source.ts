import mqtt from "mqtt";
import type { Log } from "../shared/node/log.ts";
import { boundMqttMemory } from "../shared/node/mqtt-memory.ts";
import { allUpTopics } from "../shared/wire/topics.ts";
import { MAX_MESSAGE, type Receive, type Source } from "./source.ts";

/** How long a publish may take; mqtt.js itself would wait for ever. */
const PUBLISH_MS = 15_000;

interface MqttSourceOptions {
  /** mqtt://user:password@host:port; also mqtts, ws, wss. */
  url: string;
  receive: Receive;
  log: Log;
}

/** Takes what rigs publish from another broker. That broker's access rules keep rigs apart; signatures hold whatever it lets through. */
export async function openMqttSource({ url, receive, log }: MqttSourceOptions): Promise<Source> {
  boundMqttMemory();
  const client = mqtt.connect(url, { protocolVersion: 4, clean: true, reconnectPeriod: 1_000, queueQoSZero: false });
  // One message at a time and its PUBACK after it was taken: a broker that sends faster than we store has to wait.
  client.handleMessage = ({ topic, payload }, done) => {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    receive({ topic, payload: bytes }).then(
      () => done(),
      (cause: unknown) => done(new Error("not taken", { cause })),
    );
  };
  client.on("connect", () => {
    const { stream } = client;
    // Small messages would else wait for each other's acknowledgement.
    if ("setNoDelay" in stream && typeof stream.setNoDelay === "function") stream.setNoDelay(true);
    log.info({ broker: new URL(url).host }, "broker: connected");
    client.subscribe(allUpTopics, { qos: 1 }, (error) => {
      if (error) log.error({ err: error }, "broker: the subscription to rigs failed");
    });
  });
  client.on("offline", () => log.warn({ broker: new URL(url).host }, "broker: connection lost"));
  client.on("error", (error) => log.warn({ err: error }, "broker: error"));
  return {
    connected: () => null,
    async publish(topic, payload) {
      if (!client.connected) throw new Error("not connected to the broker");
      if (payload.length > MAX_MESSAGE) throw new RangeError(`a message of ${payload.length} bytes`);
      const late = AbortSignal.timeout(PUBLISH_MS);
      await Promise.race([
        client.publishAsync(topic, Buffer.from(payload), { qos: 1 }),
        new Promise((_, reject) => late.addEventListener("abort", () => reject(late.reason), { once: true })),
      ]);
    },
    close: () => client.endAsync(true),
  };
}
