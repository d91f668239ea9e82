import { createServer, type Socket } from "node:net";
import { Aedes, type Client } from "aedes";
import { RigId } from "../shared/domain/id.ts";
import { boundOf } from "../shared/node/bound.ts";
import type { Log } from "../shared/node/log.ts";
import { boundMqttMemory } from "../shared/node/mqtt-memory.ts";
import { backfillClient, backfillWayOf, downTopicsOf, parseDownTopic } from "../shared/wire/topics.ts";
import { boundedRefusals } from "./broker-refusals.ts";
import { guardPacketSize } from "./packet-size.ts";
import type { RigKeys } from "./rig-keys.ts";
import { MAX_MESSAGE, type Receive, type Source } from "./source.ts";

interface BrokerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  keys: Pick<RigKeys, "brokerSecretOk">;
  receive: Receive;
  log: Log;
}

/** Connections that may be open at once, of one address (several rigs may come from one) and in all. */
const MAX_CONNECTIONS = { each: 500, all: 2_000 };
/** Of those, connections of which it is not known yet whose they are; and how long each may take to say so. */
const MAX_UNKNOWN = { each: 64, all: 256 };
const CONNECT_MS = 5_000;
/** CONNACK, "server unavailable": what a client that finds no room is told. */
const UNAVAILABLE = Buffer.from([0x20, 2, 0, 3]);
const REFUSED_MS = 1_000;
/** Characters of a stranger's words that are logged. */
const MAX_SAID = 50;

/**
 * The embedded MQTT 3.1.1 broker. A rig signs in with its id and broker secret, writes below `rig/<rig>/` and reads below `cfg/<rig>/`;
 * whoever tries anything else is disconnected (3.1.1 cannot say no to a publish in any other way). It stores nothing: sessions are
 * always clean and retained messages are not kept, since no message counts before its receipt.
 */
export async function openBroker(options: BrokerOptions): Promise<Source & { port: number }> {
  const { keys, receive, log } = options;
  boundMqttMemory();
  const rigs = new Map<Client, string>();
  const connections = boundOf(MAX_CONNECTIONS);
  const unknown = boundOf(MAX_UNKNOWN);
  /** What each connection does once it is known whose it is. */
  const signedIn = new WeakMap<object, () => void>();
  const refused = boundedRefusals(log);
  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_MS,
    drainTimeout: 20_000,
    keepaliveLimit: 600,
    maxInflightInbound: 64,
    preConnect(_client, packet, done) {
      // A rig has one session, and one for each way of backfill; the newest wins: the one before it is often a dead connection that has not been noticed yet.
      const rig = RigId.safeParse(packet.username).data ?? "";
      const way = backfillWayOf(packet.clientId);
      packet.clientId = way === null ? rig : backfillClient(rig, way);
      packet.clean = true;
      done(null, true);
    },
    authenticate(client, rig, secret, done) {
      const named = rig !== undefined && RigId.safeParse(rig).success;
      const known = named && secret !== undefined && keys.brokerSecretOk(rig, secret.toString("utf8"));
      if (known) {
        rigs.set(client, rig);
        signedIn.get(client.conn)?.();
      } else refused(remoteOf(client), { rig: rig?.slice(0, MAX_SAID), problem: "sign-in" });
      done(null, known);
    },
    authorizePublish(client, packet, done) {
      const rig = client === null ? undefined : rigs.get(client);
      if (rig === undefined || !packet.topic.startsWith(`rig/${rig}/`)) {
        refused(remoteOf(client), { rig, topic: packet.topic.slice(0, MAX_SAID), problem: "publish denied" });
        return done(new Error("publish denied"));
      }
      packet.retain = false;
      const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
      receive({ topic: packet.topic, payload }).then(() => done(null), done);
    },
    authorizeSubscribe(client, subscription, done) {
      const rig = rigs.get(client);
      if (rig !== undefined && mayRead(rig, subscription.topic)) return done(null, subscription);
      const topic = subscription.topic.slice(0, MAX_SAID);
      refused(remoteOf(client), { rig, topic, problem: "subscription denied" });
      done(new Error("subscription denied"));
    },
    // Every rig's answers are read by that rig alone, whatever a subscription said.
    authorizeForward: (client, packet) => (packet.topic.startsWith(`cfg/${rigs.get(client)}/`) ? packet : null),
  });
  broker.on("clientDisconnect", (client) => rigs.delete(client));
  broker.on("clientError", (client, error) => {
    rigs.delete(client);
    refused(remoteOf(client), { client: client.id?.slice(0, MAX_SAID), problem: error.message.slice(0, MAX_SAID) });
  });
  broker.on("connectionError", (client, error) => {
    rigs.delete(client);
    refused(remoteOf(client), { problem: error.message.slice(0, MAX_SAID) });
  });

  const server = createServer((socket) => {
    const source = socket.remoteAddress ?? "unknown";
    const leave = connections.enter(source);
    const known = leave === null ? null : unknown.enter(source);
    if (leave === null || known === null) {
      leave?.();
      return refuse(socket);
    }
    const late = setTimeout(() => socket.destroy(new Error("nobody signed in")), CONNECT_MS);
    const done = () => {
      clearTimeout(late);
      known();
    };
    signedIn.set(socket, done);
    socket.once("close", () => {
      done();
      leave();
    });
    socket.setNoDelay(true);
    guardPacketSize(socket, MAX_MESSAGE + 1_000);
    broker.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    connected: () => [...new Set(rigs.values())],
    publish(topic, payload) {
      const packet = {
        cmd: "publish",
        topic,
        payload: Buffer.from(payload),
        qos: 1,
        retain: false,
        dup: false,
      } as const;
      return new Promise((resolve, reject) => broker.publish(packet, (error) => (error ? reject(error) : resolve())));
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => broker.close(resolve));
      await closed;
    },
  };
}

/** All that there is for a rig, or one topic of it by name: nothing that could be asked for in ever new words. */
function mayRead(rig: string, topic: string): boolean {
  return topic === downTopicsOf(rig) || topic === `cfg/${rig}/#` || parseDownTopic(topic)?.rig === rig;
}

function refuse(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.resume();
  socket.end(UNAVAILABLE);
  setTimeout(() => socket.destroy(), REFUSED_MS).unref();
}

function remoteOf(client: Client | null): string {
  return (client?.conn as Socket | undefined)?.remoteAddress ?? "unknown";
}
