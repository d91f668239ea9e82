import type { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  type ClientSubscription,
  coerceNodeId,
  DataChangeFilter,
  DataChangeTrigger,
  type DataValue,
  LogLevel,
  OPCUAClient,
  StatusCodes,
  setLogLevel,
  TimestampsToReturn,
} from "node-opcua-client";
import type { OpcuaDevice } from "../../../shared/domain/rig-config.ts";

/** What comes from a server that is subscribed to; `item` counts from 0 in the order of the nodes. */
export interface Listener {
  value(item: number, data: DataValue): void;
  /** The server said something, be it that nothing changed. */
  heard(): void;
  /** The server does not serve this node; the status code says why. */
  refused(item: number, status: number): void;
  /** It is over; called once. */
  lost(why: string): void;
}

export interface Subscribed {
  /** How long the server may say nothing without being silent, ms. */
  keepAliveMs: number;
  /** Reads one node now, past the subscription. Throws when the server does not answer. */
  read(node: string): Promise<DataValue>;
  /** Ends it without waiting for a server that may be gone. */
  end(): Promise<void>;
}

/** Spare room in the server's queues: a publish may be late by as much again. */
const queueFactor = 2;

/**
 * Subscribes to the nodes, with queues at the server that hold what it samples between two publishes.
 * The library's own way of reconnecting is off: what is lost is lost, and the caller begins anew. Gives up when the signal aborts before it is done.
 */
export async function subscribe(
  device: OpcuaDevice,
  certificates: OPCUACertificateManager,
  listener: Listener,
  signal: AbortSignal,
): Promise<Subscribed> {
  // The library prints to standard output, where our own lines go; what it has to say comes as readings.
  setLogLevel(LogLevel.Error);
  const client = OPCUAClient.create({
    applicationName: "i-Drill Edge",
    clientCertificateManager: certificates,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false,
    keepSessionAlive: true,
    transportTimeout: device.timeoutMs,
    defaultTransactionTimeout: device.timeoutMs,
    requestedSessionTimeout: Math.max(60_000, 10 * device.publishingMs),
  });
  const end = () => client.disconnect();
  let told = false;
  const lost = (why: string) => {
    if (told) return;
    told = true;
    listener.lost(why);
  };
  client.on("close", (error) => lost(error?.message ?? "the connection is closed"));
  client.on("connection_lost", () => lost("the connection is lost"));
  const given = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no connection in time")), { once: true });
  });
  try {
    const { session, keepAliveMs } = await Promise.race([begin(client, device, listener, lost), given]);
    return {
      keepAliveMs,
      read: (nodeId) => session.read({ nodeId, attributeId: AttributeIds.Value }),
      end,
    };
  } catch (error) {
    told = true;
    // Whatever it was, the first fault counts; the library may have another to tell about the rest.
    void end().catch(() => {});
    throw error;
  }
}

async function begin(client: OPCUAClient, device: OpcuaDevice, listener: Listener, lost: (why: string) => void) {
  await client.connect(device.endpoint);
  const session = await client.createSession();
  session.on("session_closed", (status) => lost(`session closed: ${status.name}`));
  session.on("keepalive_failure", () => lost("the session does not answer"));
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: device.publishingMs,
    requestedMaxKeepAliveCount: 1,
    requestedLifetimeCount: Math.ceil((10 * device.timeoutMs) / device.publishingMs) + 10,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  subscription.on("raw_notification", () => listener.heard());
  subscription.on("keepalive", () => listener.heard());
  subscription.on("terminated", () => lost("the subscription has ended"));
  subscription.on("status_changed", (status) => lost(`subscription: ${status.name}`));
  subscription.on("internal_error", (error) => lost(error.message));
  subscription.on("error", (error) => lost(error.message));
  await monitor(subscription, device, listener);
  return { session, keepAliveMs: subscription.publishingInterval * Math.max(1, subscription.maxKeepAliveCount) };
}

/** The listeners stand before the request goes out, since the first values may come in the same packet as its answer. */
async function monitor(subscription: ClientSubscription, device: OpcuaDevice, listener: Listener): Promise<void> {
  const queueSize = Math.max(2, Math.ceil(device.publishingMs / device.samplingMs) * queueFactor);
  const filter =
    device.trigger === "timestamp" ? new DataChangeFilter({ trigger: DataChangeTrigger.StatusValueTimestamp }) : null;
  const settings = { samplingInterval: device.samplingMs, queueSize, discardOldest: true, filter };
  const known = device.tags.flatMap((tag, item) => {
    const nodeId = nodeIdOf(tag.node);
    if (nodeId === null) listener.refused(item, StatusCodes.BadNodeIdInvalid.value);
    return nodeId === null ? [] : [{ item, node: { nodeId, attributeId: AttributeIds.Value } }];
  });
  if (known.length === 0) return;
  const nodes = known.map(({ node }) => node);
  const group = ClientMonitoredItemGroup.create(subscription, nodes, settings, TimestampsToReturn.Both);
  await new Promise<void>((resolve, reject) => {
    group.on("changed", (_, data, i) => listener.value(known[i]?.item ?? -1, data));
    group.on("err", (message) => reject(new Error(message)));
    group.on("initialized", () => resolve());
  });
  for (const [i, monitored] of group.monitoredItems.entries()) {
    const status = monitored.statusCode.value;
    if (status >>> 30 !== 0) listener.refused(known[i]?.item ?? -1, status);
  }
}

/** Null for what is no node id at all: it would spoil the request for all others. */
function nodeIdOf(text: string) {
  try {
    return coerceNodeId(text);
  } catch {
    return null;
  }
}
