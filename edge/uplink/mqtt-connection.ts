import { Socket } from "node:net";
import { connect } from "mqtt";
import { boundMqttMemory } from "../../shared/node/mqtt-memory.ts";
import { maxPageBytes } from "../../shared/wire/limits.ts";
import { openPacketBound } from "./packet-bound.ts";
import { PUBLISH_BYTES, type UplinkState } from "./uplink.ts";

/** One connection to a broker, from its opening to its end; it never comes back. */
export interface MqttConnection {
  /** False once it ended, or if it never came about. */
  ready: Promise<boolean>;
  /** True when the broker has acknowledged; false where it did not in time, which ends the connection, or the connection ended. */
  publish(topic: string, bytes: Uint8Array): Promise<boolean>;
  /** Nothing waits for an acknowledgement. */
  idle(): boolean;
  drop(why: string): void;
  /** Adds what went over it since the last call to the state. */
  count(): void;
  /** Resolves with the reason once the connection is no more. */
  ended: Promise<string>;
}

export interface MqttConnectionOptions {
  /** mqtt://host:port or mqtts://host:port. */
  url: string;
  user: string;
  secret: string;
  clientId: string;
  /** Subscribed to before it is ready. */
  topics: readonly string[];
  /** After so long without an acknowledgement the connection is dropped: it may be dead without saying so. */
  deadlineMs: number;
  message(topic: string, bytes: Uint8Array): void;
}

const CONNECT_MS = 15_000;
const KEEPALIVE_S = 30;
/** The largest message that a rig takes, with its topic. */
const MOST_PACKET_BYTES = maxPageBytes + 1_024;

/** Connects at once, with a clean session. What goes over it is counted in `state`, which several connections may share. */
export function openMqttConnection(options: MqttConnectionOptions, state: UplinkState): MqttConnection {
  const { topics, deadlineMs } = options;
  boundMqttMemory();
  const client = connect(options.url, {
    username: options.user,
    password: options.secret,
    clientId: options.clientId,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS,
    keepalive: KEEPALIVE_S,
    resubscribe: false,
    queueQoSZero: false,
  });
  const { stream } = client;
  const counted = { up: 0, down: 0 };
  /** Over WebSockets, whose bytes are not at hand: what was published and what came. */
  const seen = { up: 0, down: 0 };
  const bound = openPacketBound(MOST_PACKET_BYTES);
  const open = new Set<(acknowledged: boolean) => void>();
  let dropped = false;
  const end = Promise.withResolvers<string>();
  const ready = Promise.withResolvers<boolean>();

  function drop(why: string): void {
    dropped = true;
    end.resolve(why);
    ready.resolve(false);
    client.end(true);
    for (const settle of open) settle(false);
  }

  stream.on("data", (bytes: Uint8Array) => {
    seen.down += bytes.length;
    const size = bound.take(bytes);
    if (size === null) return;
    state.oversized += 1;
    drop(`the broker sent a message of ${size} bytes, at most ${MOST_PACKET_BYTES} are taken`);
  });
  // A connection that never came about closes too; the error before it has the better words.
  client.on("error", (error) => drop(error.message));
  client.on("close", () => drop("the connection broke"));
  client.on("connect", () => {
    if ("setNoDelay" in client.stream) (client.stream as { setNoDelay(on: boolean): void }).setNoDelay(true);
    if (topics.length === 0) return ready.resolve(true);
    client.subscribe([...topics], { qos: 1 }, (error, granted) => {
      if (error || granted?.some(({ qos }) => qos === 128)) return drop("the broker refused the subscription");
      ready.resolve(true);
    });
  });
  client.on("message", options.message);

  return {
    ready: ready.promise,
    ended: end.promise,
    drop,
    idle: () => open.size === 0,
    count() {
      const [up, down] = stream instanceof Socket ? [stream.bytesWritten, stream.bytesRead] : [seen.up, seen.down];
      state.sentBytes += up - counted.up;
      state.receivedBytes += down - counted.down;
      Object.assign(counted, { up, down });
    },
    /** The library's own promise may never settle, so each publish has a deadline of ours. */
    publish(topic, bytes) {
      // The library throws on a client whose end is through, and whoever publishes may not have heard of it yet.
      if (dropped) return Promise.resolve(false);
      const began = performance.now();
      seen.up += bytes.length + topic.length + PUBLISH_BYTES;
      return new Promise((resolve) => {
        const deadline = setTimeout(() => drop(`no acknowledgement in ${deadlineMs} ms`), deadlineMs);
        const settle = (acknowledged: boolean): void => {
          if (!open.delete(settle)) return;
          clearTimeout(deadline);
          if (acknowledged) state.roundTripMs = performance.now() - began;
          resolve(acknowledged);
        };
        open.add(settle);
        client.publish(topic, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { qos: 1 }, (error) =>
          settle(!error),
        );
      });
    },
  };
}
