import { backoff } from "../../shared/node/backoff.ts";
import { pause } from "../../shared/node/every.ts";
import { backfillClient, downTopicsOf, parseDownTopic, upTopic } from "../../shared/wire/topics.ts";
import { type MqttConnection, openMqttConnection } from "./mqtt-connection.ts";
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

/** A connection for backfill that has nothing to do for so long is given up: keeping it alive costs bytes. */
const IDLE_MS = 60_000;

/**
 * MQTT 3.1.1 over TCP or TLS. Each connection has a client of its own and a clean session, so nothing of the library's own stores outlives it:
 * the journal is the queue. Connects again, with jitter, until closed.
 *
 * Backfill has connections of its own while there is any: on one that is shared, live would wait behind it in the socket, and for each packet
 * of it that was lost. Each way of a lane stays in order, and the end of any connection is the end of all.
 */
export function mqttUplink(settings: MqttSettings): Uplink {
  const { rig, events } = settings;
  const closing = new AbortController();
  const state: UplinkState = {
    up: false,
    since: Date.now(),
    reason: "not connected yet",
    sentBytes: 0,
    receivedBytes: 0,
    oversized: 0,
    roundTripMs: null,
  };
  let current: Ways | null = null;

  async function keepConnected(): Promise<void> {
    const wait = backoff(...(settings.retryMs ?? [250, 30_000]));
    let oversized = 0;
    while (!closing.signal.aborted) {
      // A broker that sends too much may do so at each connect.
      const harmless = state.oversized === oversized;
      oversized = state.oversized;
      const why = await runConnection(() => harmless && wait.reset());
      state.reason = why;
      if (state.up) {
        Object.assign(state, { up: false, since: Date.now() });
        events.down(why);
      }
      await pause(wait.next(), closing.signal);
    }
  }
  const running = keepConnected();

  /** Why it ended, or never began: the library throws on an address that it does not know. */
  async function runConnection(onUp: () => void): Promise<string> {
    let ways: Ways;
    try {
      ways = openWays(settings, state);
    } catch (error) {
      return `the broker's address cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    }
    current = ways;
    if (await ways.ready) {
      Object.assign(state, { up: true, since: Date.now(), reason: null });
      onUp();
      events.up();
    }
    const why = await ways.ended;
    ways.count();
    current = null;
    return why;
  }

  return {
    async publish(topic, bytes, number = 0) {
      if (!state.up || current === null) return false;
      const way = topic === "backfill" ? await current.forBackfill(number) : current.main;
      return way.publish(upTopic(rig, topic), bytes);
    },
    state() {
      current?.count();
      return { ...state };
    },
    async close() {
      closing.abort();
      current?.main.drop("closed");
      await running;
    },
  };
}

interface Ways extends Pick<MqttConnection, "ready" | "count" | "ended"> {
  main: MqttConnection;
  /** Opened when it is asked for; the main one where the broker takes no more. */
  forBackfill(way: number): Promise<MqttConnection>;
}

function openWays(settings: MqttSettings, state: UplinkState): Ways {
  const { url, rig, user, secret, deadlineMs = 60_000, events } = settings;
  const clientId = `${rig}-${crypto.randomUUID().slice(0, 8)}`;
  const common = { url, user, secret, deadlineMs };
  const received = (topic: string, bytes: Uint8Array): void => {
    const parsed = parseDownTopic(topic);
    if (parsed?.rig === rig) events.message(parsed.topic, bytes);
  };
  const main = openMqttConnection({ ...common, clientId, topics: [downTopicsOf(rig)], message: received }, state);
  const beside = new Map<number, MqttConnection>();
  let refused = false;
  let idle: NodeJS.Timeout | undefined;
  const ended = main.ended.then((why) => {
    clearTimeout(idle);
    for (const each of beside.values()) each.drop(why);
    return why;
  });

  function openBeside(way: number): MqttConnection {
    const id = backfillClient(clientId, way);
    const opened = openMqttConnection({ ...common, clientId: id, topics: [], message: () => undefined }, state);
    beside.set(way, opened);
    void opened.ended.then(async (why) => {
      opened.count();
      if (beside.get(way) !== opened) return;
      beside.delete(way);
      // What was under way on it has no place in the order any more. A broker that never took it is used as it wants.
      if (await opened.ready) main.drop(`backfill's connection: ${why}`);
      else refused = true;
    });
    return opened;
  }
  function giveUpWhenIdle(): void {
    clearTimeout(idle);
    idle = setTimeout(() => {
      if ([...beside.values()].some((each) => !each.idle())) return giveUpWhenIdle();
      const unused = [...beside.values()];
      beside.clear();
      for (const each of unused) each.drop("nothing to send");
    }, IDLE_MS);
    idle.unref();
  }

  return {
    main,
    ready: main.ready,
    ended,
    count() {
      main.count();
      for (const each of beside.values()) each.count();
    },
    async forBackfill(way) {
      if (refused) return main;
      giveUpWhenIdle();
      const opened = beside.get(way) ?? openBeside(way);
      return (await opened.ready) ? opened : main;
    },
  };
}
