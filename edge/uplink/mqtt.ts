import { createRequire } from "node:module";
import { connect, type MqttClient } from "mqtt";
import { backoff } from "../../shared/node/backoff.ts";
import { pause } from "../../shared/node/every.ts";
import { downTopicsOf, parseDownTopic, upTopic } from "../../shared/wire/topics.ts";
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

// The library's codec would keep a Buffer of each number up to 65,535, for speed that one connection has no use for.
const library = createRequire(createRequire(import.meta.url).resolve("mqtt"));
const codec: { writeToStream: { cacheNumbers: boolean } } = library("mqtt-packet");
codec.writeToStream.cacheNumbers = false;

const CONNECT_MS = 15_000;
const KEEPALIVE_S = 30;

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
    roundTripMs: null,
  };
  let current: Connection | null = null;

  async function keepConnected(): Promise<void> {
    const wait = backoff(...(settings.retryMs ?? [250, 30_000]));
    while (!closing.signal.aborted) {
      current = openConnection(settings, state, wait.reset);
      const why = await current.ended;
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
    state: () => ({ ...state }),
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
    state.receivedBytes += bytes.length;
    const parsed = parseDownTopic(topic);
    if (parsed?.rig === rig) events.message(parsed.topic, bytes);
  });

  return { ended, drop, publish: (topic, bytes) => publishOn(client, topic, bytes) };

  /** The library's own promise may never settle, so each publish has a deadline of ours. */
  function publishOn(on: MqttClient, topic: string, bytes: Uint8Array): Promise<boolean> {
    const began = performance.now();
    state.unacknowledgedBytes += bytes.length;
    state.sentBytes += bytes.length;
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
