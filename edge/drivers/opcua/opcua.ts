import type { DataValue } from "node-opcua-client";
import type { Block } from "../../../shared/domain/reading.ts";
import type { OpcuaDevice } from "../../../shared/domain/rig-config.ts";
import type { Driver, DriverOptions, DriverState, Probe } from "../driver.ts";
import { type Connection, openConnection } from "./connection.ts";
import { openInbox } from "./inbox.ts";

/**
 * Subscribes to an OPC UA server and gives what it published since the last read, with the source's own times and status codes.
 * A tag that did not change is read again as it was, under the gateway's time, as long as the server confirms that it is there; else it is bad.
 */
export function opcuaDriver(
  device: OpcuaDevice,
  { firstTag, pkiFolder, log }: DriverOptions,
  silentMs = 60_000,
): Driver {
  const kinds = device.tags.map((tag) => tag.kind);
  const inbox = openInbox(kinds, firstTag);
  const state: DriverState = { connected: false, requests: 0, failures: 0, lastMs: null };
  let connection: Connection | null = null;
  let closed = false;

  function connect(): Connection {
    return openConnection(
      device,
      { pkiFolder, silentMs, log },
      {
        value(item, data) {
          inbox.put(item, data, Date.now());
        },
        refused: (item, status) => inbox.refuse(item, status),
        began() {
          state.requests++;
        },
        lost() {
          state.failures++;
          inbox.forget();
        },
      },
    );
  }

  async function read(into: Block, signal: AbortSignal): Promise<void> {
    if (!closed) connection ??= connect();
    if (connection?.fault) throw connection.fault;
    await first(signal);
    inbox.drain(into, connection?.alive ?? false, Date.now());
  }

  /** Waits for the values of a new connection, at most until the next read is due. */
  async function first(signal: AbortSignal): Promise<void> {
    const until = performance.now() + Math.min(device.pollMs, device.timeoutMs);
    while (connection !== null && !inbox.complete && !signal.aborted && !closed) {
      const left = until - performance.now();
      if (left < 1) return;
      await connection.settled(left, signal);
    }
  }

  return {
    read,
    async *probe(signal) {
      for (const tag of device.tags) {
        if (signal.aborted) return;
        yield await probeOne(tag.name, tag.node, connection);
      }
    },
    state: () => ({ ...state, connected: connection?.alive ?? false }),
    async close() {
      closed = true;
      inbox.forget();
      await connection?.close();
    },
  };
}

async function probeOne(tag: string, address: string, connection: Connection | null): Promise<Probe> {
  const began = performance.now();
  const about = { tag, address };
  const ms = () => performance.now() - began;
  if (connection === null) return { ...about, ok: false, ms: 0, raw: null, advice: "Not connected yet." };
  try {
    const data = await connection.read(address);
    const ok = data.statusCode.value >>> 30 !== 2;
    return { ...about, ok, ms: ms(), raw: ok ? shown(data) : null, advice: ok ? "" : adviceOn(data.statusCode.name) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ...about,
      ok: false,
      ms: ms(),
      raw: null,
      advice: `${why}. Check the endpoint, and that the server takes connections without security.`,
    };
  }
}

function shown(data: DataValue): string {
  return String(data.value.value);
}

function adviceOn(status: string): string {
  if (status.startsWith("BadNodeId")) return `${status}: the server has no such node; check namespace and name.`;
  return `${status}: the server has no good value for it.`;
}
