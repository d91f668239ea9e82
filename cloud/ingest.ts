import { newId } from "../shared/node/data-folder.ts";
import type { Log } from "../shared/node/log.ts";
import { cutsOf, epochsOf } from "../shared/wire/lacking.ts";
import type { Receiver } from "../shared/wire/receiver.ts";
import type { ReceiverEffect } from "../shared/wire/receiver-io.ts";
import { type Answering, answering } from "./answering.ts";
import type { Archive, Store } from "./archive/archive.ts";
import { type Body, forReceiver, openBody, telemetryOf } from "./body.ts";
import type { Landed } from "./landed.ts";
import { receiversOf } from "./receivers.ts";
import type { RigKeys } from "./rig-keys.ts";
import { type BatchMessage, type Checked, checkSignature } from "./signature.ts";
import type { RigMessage } from "./source.ts";

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
}

export interface Ingest {
  /** Takes one message; resolves once there is room for the next one. Rejects when the archive has failed: then this ingest has ended. */
  receive(message: RigMessage): Promise<void>;
  /** Lands what waits and stops. */
  close(): Promise<void>;
  /** Rejects when the archive has failed; resolves after `close`. */
  done: Promise<void>;
}

/** Messages that one transaction takes at most, and how long the first of them waits for company. */
const MOST_IN_GROUP = 256;
const GATHER_MS = 2;

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
  const out: Answering = answering(keys.cloudKey(), parts.publish, log);
  const waiting: Checked[] = [];
  let group: Promise<void> | null = null;
  const end = Promise.withResolvers<void>();

  async function receive(message: RigMessage): Promise<void> {
    waiting.push(checkSignature(message, keys));
    group ??= gather();
    if (waiting.length >= MOST_IN_GROUP) await group;
  }

  async function gather(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    while (waiting.length > 0) {
      const messages = waiting.splice(0, MOST_IN_GROUP);
      const told: Landed[] = [];
      await archive.transaction((store) => {
        for (const message of messages) take(message, store, told);
      });
      out.send();
      for (const what of told) landed(what);
    }
    group = null;
  }

  function take(message: Checked, store: Store, told: Landed[]): void {
    if (message.kind === "aside") {
      store.aside(message.message);
      store.count(`aside: ${message.reason}`);
      return;
    }
    const receiver = receivers.of(message.rig);
    const now = performance.now();
    if (message.kind === "hello") {
      return perform(receiver.step({ type: "hello", now, page: message.page }), { ...message, receiver, store, told });
    }
    const { header, rig } = message;
    const body = openBody(message, store, log);
    const known =
      header.epoch === ""
        ? { held: [], known: 0 }
        : store.held(rig, header.epoch, header.stream, receiver.cutsOfBatch(header));
    // Asked again here: the key may have been revoked while the message waited.
    const keyLive = keys.liveKey(rig, header.key) !== null;
    const effects = receiver.step({ type: "batch", now, header, keyLive, body: forReceiver(body), ...known });
    store.count("batches");
    perform(effects, { ...message, receiver, store, told, body });
  }

  /** Stores what the receiver decided, in the open transaction; answers and receipts wait for its commit. */
  function perform(effects: ReceiverEffect[], at: Place): void {
    for (const effect of effects) performOne(effect, at);
  }

  function performOne(effect: ReceiverEffect, at: Place): void {
    const { rig, store, receiver, told } = at;
    switch (effect.type) {
      case "consult": {
        const { hello } = effect;
        const which = hello.namesAll ? "all" : epochsOf(hello);
        const epochs = store.epochs(rig, which, (epoch, stream) => cutsOf(hello, epoch, stream));
        const event = {
          type: "consulted",
          now: performance.now(),
          at: Date.now(),
          answer: newId(),
          hello,
          epochs,
        } as const;
        return perform(receiver.step(event), at);
      }
      case "know":
        return store.know(rig, effect.epoch, effect.predecessor, effect.known);
      case "running":
        return store.running(rig, effect.epoch, effect.answer);
      case "lost":
        return store.putHeld(rig, effect.epoch, effect.stream, effect.held);
      case "land":
        store.putHeld(rig, effect.epoch, effect.stream, effect.held);
        return land(effect, at);
      case "quarantine": {
        const { epoch, stream, ranges, problem } = effect;
        store.putHeld(rig, epoch, stream, effect.held);
        store.quarantine(
          rig,
          { topic: at.topic, landedAt: at.landedAt, problem, bytes: at.bytes },
          { epoch, stream, ranges },
        );
        store.count("quarantined batches");
        told.push({
          type: "quarantine",
          rig,
          at: at.landedAt,
          text: `a batch of ${stream} cannot be read: ${problem}`,
        });
        return;
      }
      case "drop":
        return drop(effect.reason, at);
      case "conflict":
      case "fork":
        return notice(effect, at);
      case "answer":
        return out.answer(effect.pages);
      case "receipt":
        return out.receipt(effect.receipt);
    }
  }

  function land(effect: Extract<ReceiverEffect, { type: "land" }>, at: Place): void {
    const { rig, store, told, body, landedAt } = at;
    const { epoch, ranges } = effect;
    const current = store.runningOf(rig) === epoch;
    if (body?.kind === "telemetry") {
      store.landTelemetry(rig, telemetryOf(body, at.bytes, ranges, landedAt));
      store.count("readings", body.columns.readings.length);
      told.push(readingsOf(body, at, ranges, current));
    }
    if (body?.kind !== "events") return;
    const frames = body.frames.filter(({ seq }) => ranges.some((range) => range.first <= seq && seq <= range.last));
    store.landEvents(rig, { epoch, landedAt, frames });
    for (const event of frames.flatMap((frame) => frame.events)) {
      if (event.type !== "gap" || event.frames === undefined) continue;
      const { stream, frames: named } = event;
      const range = { first: named.firstSeq, last: named.lastSeq };
      const known = store.held(rig, named.epoch, stream, [range.first, range.last + 1]);
      perform(
        at.receiver.step({ type: "gap", now: performance.now(), epoch: named.epoch, stream, range, ...known }),
        at,
      );
    }
    told.push({ type: "events", rig, epoch, current, frames, landedAt });
  }

  function drop(reason: "no dictionary" | "revoked key" | "preview", at: Place): void {
    if (reason === "preview" && at.body?.kind === "telemetry") {
      const current = at.store.runningOf(at.rig) === at.body.header.epoch;
      at.told.push(readingsOf(at.body, at, [], current));
      return;
    }
    at.store.count(`dropped: ${reason}`);
    if (reason === "revoked key") {
      at.store.aside({ topic: at.topic, landedAt: at.landedAt, problem: reason, bytes: at.bytes });
    }
  }

  function notice(effect: Extract<ReceiverEffect, { type: "conflict" | "fork" }>, at: Place): void {
    const text =
      effect.type === "fork"
        ? `two runs have one predecessor (${effect.predecessor}): a disk was restored or cloned`
        : `frames ${effect.range.first} to ${effect.range.last} of ${effect.stream} came with another content than is held`;
    at.store.count(effect.type);
    at.told.push({ type: effect.type, rig: at.rig, at: at.landedAt, text });
    log.warn({ rig: at.rig, effect: effect.type }, text);
  }

  /** Receipts that were held back for a while, so that not every batch gets its own. */
  function wake(): void {
    const now = performance.now();
    for (const [, receiver] of receivers.all()) {
      if (receiver.nextWake() > now) continue;
      for (const effect of receiver.step({ type: "tick", now }))
        if (effect.type === "receipt") out.receipt(effect.receipt);
    }
    out.send();
  }
  // Between groups only: what a receipt says must be committed.
  const clock = setInterval(() => group === null && wake(), 200);

  return {
    receive: (message) =>
      receive(message).catch((error) => {
        end.reject(error);
        throw error;
      }),
    async close() {
      clearInterval(clock);
      await group;
      end.resolve();
    },
    done: end.promise,
  };
}

/** Where effects are performed: of which message, in which transaction. */
interface Place {
  rig: string;
  topic: string;
  bytes: Uint8Array;
  landedAt: number;
  receiver: Receiver;
  store: Store;
  told: Landed[];
  /** Of a batch. */
  body?: Body;
}

function readingsOf(
  body: Extract<Body, { kind: "telemetry" }>,
  { rig, landedAt }: Place,
  ranges: readonly { first: number; last: number }[],
  current: boolean,
): Landed {
  const { header, times, columns, dictionary } = body;
  const { lane, preview, firstSeq } = header;
  const { frame, readings } = columns;
  const epoch = header.epoch === "" ? header.running : header.epoch;
  const { receivedAt } = times;
  return {
    type: "readings",
    rig,
    epoch,
    current,
    lane,
    preview,
    dictionary,
    firstSeq,
    ranges,
    receivedAt,
    frame,
    readings,
    landedAt,
  };
}

export type { BatchMessage };
