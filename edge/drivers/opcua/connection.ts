import type { DataValue } from "node-opcua-client";
import type { OpcuaDevice } from "../../../shared/domain/rig-config.ts";
import { backoff } from "../../../shared/node/backoff.ts";
import { pause } from "../../../shared/node/every.ts";
import type { Log } from "../../../shared/node/log.ts";
import { type OwnKeys, openOwnKeys } from "./own-keys.ts";
import { type Subscribed, subscribe } from "./subscribe.ts";

export interface ConnectionListener {
  value(item: number, data: DataValue): void;
  refused(item: number, status: number): void;
  /** A connection is tried. */
  began(): void;
  /** It failed or ended; nothing of it counts any more. */
  lost(): void;
}

/** A subscription that is made again from nothing whenever it ends, or when the server says nothing for too long. */
export interface Connection {
  /** The server said something within twice the time in which it must. */
  readonly alive: boolean;
  /** Why no connection can ever be made from here: the folder of keys is unusable. */
  readonly fault: Error | null;
  /** Resolves when the first values may be there: at the next word of the server, after `ms`, or when aborted. */
  settled(ms: number, signal: AbortSignal): Promise<void>;
  read(node: string): Promise<DataValue>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Where the rig's own keys and the servers that it trusts are kept. */
  pkiFolder: string;
  /** How long a server may say nothing before it is connected anew, ms. */
  silentMs: number;
  log: Log;
}

/** Longest pause between two tries. */
const longestPauseMs = 10_000;
/** What a publish may be late by. */
const lateMs = 1_000;

export function openConnection(
  device: OpcuaDevice,
  { pkiFolder, silentMs, log }: ConnectionOptions,
  listener: ConnectionListener,
): Connection {
  const stop = new AbortController();
  let wake = new AbortController();
  const pauses = backoff(250, longestPauseMs);
  let fault: Error | null = null;
  let why = "not tried yet";
  let current: Subscribed | null = null;
  let heardAt = Number.NEGATIVE_INFINITY;

  async function run(): Promise<void> {
    const keys = await ownKeys();
    if (keys === null) return;
    while (!stop.signal.aborted) {
      await attempt(keys).catch((error: Error) => {
        why = error.message;
      });
      listener.lost();
      await pause(pauses.next(), stop.signal);
    }
    await keys.close();
  }

  /** Null if the connection is closed before there are any. */
  async function ownKeys(): Promise<OwnKeys | null> {
    while (!stop.signal.aborted) {
      try {
        const keys = await openOwnKeys(pkiFolder, log);
        fault = null;
        return keys;
      } catch (cause) {
        fault = new Error(`OPC UA keys in ${pkiFolder} can't be used`, { cause });
      }
      await pause(pauses.next(), stop.signal);
    }
    return null;
  }

  /** One connection from beginning to end. */
  async function attempt({ certificates, sync }: OwnKeys): Promise<void> {
    const over = new AbortController();
    listener.began();
    heardAt = performance.now();
    const heard = () => {
      heardAt = performance.now();
      wake.abort();
      wake = new AbortController();
    };
    try {
      const given = AbortSignal.any([stop.signal, AbortSignal.timeout(4 * device.timeoutMs)]);
      current = await subscribe(
        device,
        certificates,
        {
          value(item, data) {
            // Only a value proves a connection; a session that is called restored may never bring one.
            pauses.reset();
            listener.value(item, data);
          },
          refused: listener.refused,
          heard,
          lost(reason) {
            why = reason;
            over.abort();
          },
        },
        given,
      );
      // The library makes the certificate when it first connects.
      sync().catch((error: unknown) => log.warn({ err: error }, "OPC UA keys are not yet safe from a power cut"));
      heard();
      await silence(AbortSignal.any([over.signal, stop.signal]));
    } finally {
      const ended = current;
      current = null;
      // A server that is gone answers no goodbye.
      if (ended !== null)
        await Promise.race([ended.end().catch(() => {}), pause(device.timeoutMs, new AbortController().signal)]);
    }
  }

  /** Resolves when the server has said nothing for too long, or at the signal. */
  async function silence(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const left = heardAt + silentMs - performance.now();
      if (left <= 0) return;
      await pause(left, signal);
    }
  }

  const running = run().catch((error: unknown) => {
    fault = new Error(`OPC UA keys in ${pkiFolder} can't be used`, { cause: error });
  });

  return {
    get alive() {
      return current !== null && performance.now() - heardAt <= 2 * current.keepAliveMs + lateMs;
    },
    get fault() {
      return fault;
    },
    settled: (ms, signal) => pause(ms, AbortSignal.any([signal, stop.signal, wake.signal])),
    read(node) {
      if (current === null) return Promise.reject(new Error(`Not connected: ${why}`));
      return current.read(node);
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}
