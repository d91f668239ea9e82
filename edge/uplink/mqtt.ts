import { Socket } from "node:net";
import { connect, type MqttClient } from "mqtt";
import { backoff } from "../../shared/node/backoff.ts";
import { pause } from "../../shared/node/every.ts";
import { maxPageBytes } from "../../shared/wire/signed.ts";
import { downTopicsOf, parseDownTopic, upTopic } from "../../shared/wire/topics.ts";
import { openPacketBound } from "./packet-bound.ts";
import type { Uplink, UplinkEvents, UplinkState } from "./uplink.ts";

export interface MqttSettings {
  /** mqtt://host:port or mqtts://host:port. */
  url: string;
  rig: string;
  user: string;
  secret: string;
  events: UplinkEvents;
  /** After so long without an acknowledgement the connection is dropped: it may be dead without saying so. */
  deadlineMs?: number;
  /** Waits between tries: the first and the longest. */
  retryMs?: [number, number];
}

const CONNECT_MS = 15_000;
const KEEPALIVE_S = 30;
/** Of a PUBLISH packet besides topic and payload, about. */
const PUBLISH_BYTES = 8;
/** The largest message that a rig takes, with its topic. */
const MOST_PACKET_BYTES = maxPageBytes + 1_024;

/**
 * MQTT 3.1.1 over TCP or TLS. Each connection has a client of its own and a clean session, so nothing of the library's own stores outlives it:
 * the journal is the queue. Connects again, with jitter, until closed.
 */
export function mqttUplink(settings: MqttSettings): Uplink {
  const closing = new AbortController();
  const state: UplinkState = {
    up: false,
    since: Date.now(),
    reason: "not connected yet",
    unacknowledgedBytes: 0,
    sentBytes: 0,
    receivedBytes: 0,
    oversized: 0,
    roundTripMs: null,
  };
  let current: Connection | null = null;

  async function keepConnected(): Promise<void> {
    const wait = backoff(...(settings.retryMs ?? [250, 30_000]));
    let oversized = 0;
    while (!closing.signal.aborted) {
      // A broker that sends too much may do so at each connect.
      const harmless = state.oversized === oversized;
      oversized = state.oversized;
      current = openConnection(settings, state, () => harmless && wait.reset());
      const why = await current.ended;
      current.count();
      current = null;
      state.reason = why;
      if (state.up) {
        Object.assign(state, { up: false, since: Date.now() });
        settings.events.down(why);
      }
      await pause(wait.next(), closing.signal);
    }
  }
  const running = keepConnected();

  return {
    async publish(topic, bytes) {
      return state.up && current !== null ? current.publish(upTopic(settings.rig, topic), bytes) : false;
    },
    state() {
      current?.count();
      return { ...state };
    },
    async close() {
      closing.abort();
      current?.drop("closed");
      await running;
    },
  };
}

interface Connection {
  publish(topic: string, bytes: Uint8Array): Promise<boolean>;
  drop(why: string): void;
  /** Adds what went over it since the last call to the state. */
  count(): void;
  /** Resolves with the reason once the connection is no more. */
  ended: Promise<string>;
}

function openConnection(settings: MqttSettings, state: UplinkState, onUp: () => void): Connection {
  const { events, rig, deadlineMs = 60_000 } = settings;
  const client = connect(settings.url, {
    username: settings.user,
    password: settings.secret,
    clientId: `${rig}-${crypto.randomUUID().slice(0, 8)}`,
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
  let end = (_why: string): void => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  function drop(why: string): void {
    end(why);
    client.end(true);
    for (const settle of open) settle(false);
  }
  function count(): void {
    const [up, down] = stream instanceof Socket ? [stream.bytesWritten, stream.bytesRead] : [seen.up, seen.down];
    state.sentBytes += up - counted.up;
    state.receivedBytes += down - counted.down;
    Object.assign(counted, { up, down });
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
    client.subscribe(downTopicsOf(rig), { qos: 1 }, (error, granted) => {
      if (error || granted?.some(({ qos }) => qos === 128)) return drop("the broker refused the subscription");
      Object.assign(state, { up: true, since: Date.now(), reason: null });
      onUp();
      events.up();
    });
  });
  client.on("message", (topic, bytes) => {
    const parsed = parseDownTopic(topic);
    if (parsed?.rig === rig) events.message(parsed.topic, bytes);
  });

  return { ended, drop, count, publish: (topic, bytes) => publishOn(client, topic, bytes) };

  /** The library's own promise may never settle, so each publish has a deadline of ours. */
  function publishOn(on: MqttClient, topic: string, bytes: Uint8Array): Promise<boolean> {
    const began = performance.now();
    state.unacknowledgedBytes += bytes.length;
    seen.up += bytes.length + topic.length + PUBLISH_BYTES;
    return new Promise((resolve) => {
      const deadline = setTimeout(() => drop(`no acknowledgement in ${deadlineMs} ms`), deadlineMs);
      const settle = (acknowledged: boolean): void => {
        if (!open.delete(settle)) return;
        clearTimeout(deadline);
        state.unacknowledgedBytes -= bytes.length;
        if (acknowledged) state.roundTripMs = performance.now() - began;
        resolve(acknowledged);
      };
      open.add(settle);
      on.publish(topic, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { qos: 1 }, (error) =>
        settle(!error),
      );
    });
  }
}
