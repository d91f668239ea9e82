import type { Log } from "../shared/node/log.ts";
import { parseUpTopic } from "../shared/wire/topics.ts";
import { answering } from "./answering.ts";
import type { Archive } from "./archive/archive.ts";
import { openFairQueue } from "./fair-queue.ts";
import type { Landed } from "./landed.ts";
import { landing } from "./landing.ts";
import { type Receivers, receiversOf } from "./receivers.ts";
import type { RigKeys } from "./rig-keys.ts";
import { type Checked, signatureCheck } from "./signature.ts";
import type { RigMessage } from "./source.ts";
import { type AskedOfRigs, telling } from "./telling.ts";

interface Parts {
  archive: Archive;
  keys: RigKeys;
  /** Sends to a rig; may fail, since the next receipt says it again. */
  publish(topic: string, bytes: Uint8Array): Promise<void>;
  /** Told after the commit. */
  landed(what: Landed): void;
  log: Log;
  /** This release's version: quarantined frames are offered again when it changes. */
  version: string;
  /** At most one receipt a rig in this time, but for events. */
  receiptMs?: number;
  /** What rigs are asked for; nothing where absent. */
  asked?: AskedOfRigs;
  /** Whether this machine's clock is known to be true; absent: it is not. Rigs are told, and only then take its word. */
  clockTrue?(): boolean;
  /** Whether a rig is connected, as far as that can be known; absent: it may be. */
  reaches?(rig: string): boolean;
}

export interface Ingest {
  /** Takes one message; resolves once there is room for the next one. Rejects when the archive has failed: then this ingest has ended. */
  receive(message: RigMessage): Promise<void>;
  /** Resolves once everything that was received is landed, answered or kept aside. */
  settled(): Promise<void>;
  /** Lands what waits and stops. */
  close(): Promise<void>;
  /** Rejects when the archive has failed; resolves after `close`. */
  done: Promise<void>;
}

/** Messages that one transaction takes at most, from all rigs in turn, and how long the first of them waits for company. */
const MOST_IN_GROUP = 512;
const GATHER_MS = 2;
/** Messages and bytes that may wait; beyond, their senders do. Signatures of the next group are checked while one lands. */
const MOST_WAITING = 2 * MOST_IN_GROUP;
const MOST_BYTES = 16 * 1024 * 1024;
/** Memory for hellos of all rigs of which pages are missing, bytes. */
const MOST_UNFINISHED = 32 * 1024 * 1024;

/**
 *   rig ──MQTT──▶ broker ──▶ signature, identity ──▶ body ──▶ trim ──▶ ARCHIVE ──▶ receipt ──▶ rig
 *                                   │                 │        │          └──▶ live ──▶ console
 *                                   └──▶ aside        └────────┴──▶ quarantine
 *
 * What counts, is answered and receipted is decided by the receiver (shared/wire), which steps inside the transaction that stores its effects.
 * Answers and receipts go out after the commit, so a crash repeats a batch and never loses one.
 */
export function openIngest(parts: Parts): Ingest {
  const { archive, keys, log, landed } = parts;
  const receivers = receiversOf(keys.cloudKey().id, archive.incarnation, parts.version, parts.receiptMs);
  const { asked, publish, reaches = () => true } = parts;
  const requests = asked === undefined ? null : telling({ asked, key: keys.cloudKey(), publish, reaches, log });
  const out = answering(keys.cloudKey(), publish, log, requests?.answered);
  const land = landing({ archive, keys, receivers, out, clockTrue: parts.clockTrue ?? (() => false), log });
  const checkSignature = signatureCheck(keys);
  const waiting = openFairQueue<{ checked: Promise<Checked>; size: number }>();
  let bytes = 0;
  let gathering: Promise<void> | null = null;
  let room = roomAwaited();
  const end = Promise.withResolvers<void>();
  const fail = (error: unknown) => {
    room.reject(error);
    end.reject(error);
  };

  async function receive(message: RigMessage): Promise<void> {
    const size = message.payload.length;
    const checked = checkSignature(message);
    checked.catch(fail);
    waiting.push(parseUpTopic(message.topic)?.rig ?? "", { checked, size });
    bytes += size;
    if (gathering === null) {
      gathering = gather();
      gathering.catch(fail);
    }
    while (waiting.size >= MOST_WAITING || bytes >= MOST_BYTES) await room.promise;
  }

  async function gather(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    while (waiting.size > 0) {
      const group = waiting.next(MOST_IN_GROUP);
      const messages = await Promise.all(group.map(({ checked }) => checked));
      const { told, taken } = await land(messages);
      waiting.take(taken);
      for (const { size } of group.slice(0, taken)) bytes -= size;
      room.resolve();
      room = roomAwaited();
      for (const what of told) landed(what);
      wake();
    }
    gathering = null;
  }

  /** Receipts that were held back for a while, so that not every batch gets its own. */
  function wake(): void {
    const now = performance.now();
    boundHellos(receivers);
    for (const [rig, receiver] of receivers.all()) {
      if (receiver.nextWake() > now) continue;
      try {
        for (const effect of receiver.step({ type: "tick", now }))
          if (effect.type === "receipt") out.receipt(effect.receipt);
      } catch (error) {
        // One rig goes without this receipt; what it does not hear of, it asks for with a hello.
        log.error({ err: error, rig }, "a receipt could not be made");
      }
    }
    out.send();
    requests?.look();
  }
  // A group's transaction is never open between two turns of the event loop: what a receipt says is committed.
  const clock = setInterval(wake, 200);

  return {
    receive,
    async settled() {
      await gathering;
    },
    async close() {
      clearInterval(clock);
      await gathering;
      end.resolve();
    },
    done: end.promise,
  };
}

/** Hellos of which pages are missing are let go, the heaviest first, until all rigs' together take no more than their part; those rigs say hello again. */
function boundHellos(receivers: Receivers): void {
  let inAll = 0;
  for (const [, { unfinished }] of receivers.all()) inAll += unfinished;
  if (inAll <= MOST_UNFINISHED) return;
  const heaviest = [...receivers.all()].map(([, receiver]) => receiver).sort((a, b) => b.unfinished - a.unfinished);
  for (const receiver of heaviest) {
    if (inAll <= MOST_UNFINISHED) break;
    inAll -= receiver.unfinished;
    receiver.dropUnfinished();
  }
}

/** Resolves when there is room again. Its failure is told by `done` too, so that nobody need wait for it. */
function roomAwaited(): PromiseWithResolvers<void> {
  const room = Promise.withResolvers<void>();
  room.promise.catch(() => undefined);
  return room;
}
