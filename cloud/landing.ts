import type { Log } from "../shared/node/log.ts";
import type { ReceiverEffect } from "../shared/wire/receiver-io.ts";
import type { Answering } from "./answering.ts";
import type { Archive, Store } from "./archive/archive.ts";
import { type Body, forReceiver, openBody } from "./body.ts";
import type { Landed } from "./landed.ts";
import { performing } from "./perform.ts";
import type { Receivers } from "./receivers.ts";
import type { RigKeys } from "./rig-keys.ts";
import type { BatchMessage, Checked } from "./signature.ts";

interface Parts {
  archive: Archive;
  keys: Pick<RigKeys, "liveKey">;
  receivers: Receivers;
  out: Answering;
  log: Log;
}

/** What is done with one message in an open transaction. */
type Take = (message: Checked, store: Store, told: Landed[]) => void;

/**
 * Lands groups of messages, a transaction each, and tells what landed; answers go out after the commit. What one message throws undoes that
 * message alone: it is quarantined, or kept aside where even that fails. Rejects when the archive has failed.
 */
export function landing({
  archive,
  keys,
  receivers,
  out,
  log,
}: Parts): (group: readonly Checked[]) => Promise<Landed[]> {
  const perform = performing(out, log);

  async function land(group: readonly Checked[]): Promise<Landed[]> {
    const told: Landed[] = [];
    let start = 0;
    while (start < group.length) {
      let end = group.length;
      let fault: unknown;
      // Undone work is done again without the message that failed, so a group costs at most twice for each such message.
      while (end > start) {
        const failed = await attempt(group.slice(start, end), take, told);
        if (failed === null) break;
        fault = failed.error;
        end = start + failed.at;
      }
      const culprit = group[end];
      if (culprit !== undefined) await refuse(culprit, fault, told);
      start = end + 1;
    }
    return told;
  }

  /** Does it to all of them in one transaction, or to none: then says which message failed, or which is to be left out next. */
  async function attempt(
    group: readonly Checked[],
    one: Take,
    told: Landed[],
  ): Promise<{ at: number; error: unknown } | null> {
    const news: Landed[] = [];
    let at = 0;
    receivers.mark();
    try {
      await archive.transaction((store) => {
        for (const message of group) {
          one(message, store, news);
          at++;
        }
      });
    } catch (error) {
      receivers.back();
      out.drop();
      // Nobody failed and all of them together did: the half of them may do.
      return { at: at < group.length ? at : Math.floor(group.length / 2), error };
    }
    out.send();
    for (const what of news) told.push(what);
    return null;
  }

  /** The rig must hear that its frames are dealt with, else it sends them for ever. */
  async function refuse(message: Checked, error: unknown, told: Landed[]): Promise<void> {
    const problem = `failed: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500);
    const quarantine: Take = (one, store, news) => {
      store.count("failed messages");
      if (one.kind === "batch") takeBatch(one, { kind: "unreadable", problem }, store, news);
      else keepAside(one, problem, store);
    };
    const aside: Take = (one, store) => {
      store.count("failed messages");
      keepAside(one, problem, store);
    };
    const failed = (await attempt([message], quarantine, told)) && (await attempt([message], aside, told));
    if (failed !== null) throw failed.error;
    log.error(
      { err: error, topic: message.kind === "aside" ? message.message.topic : message.topic },
      "a message failed",
    );
  }

  function take(message: Checked, store: Store, told: Landed[]): void {
    if (message.kind === "aside") {
      store.aside(message.message);
      store.count(`aside: ${message.reason}`);
    } else if (message.kind === "hello") {
      const { rig, page } = message;
      const receiver = receivers.of(rig);
      if (keys.liveKey(rig, page.key) === null) {
        receiver.step({ type: "revoked", now: performance.now(), key: page.key });
        keepAside(message, `${page.key} was revoked while its hello waited`, store);
        store.count("aside: key");
        return;
      }
      const effects = receiver.step({ type: "hello", now: performance.now(), page });
      perform(effects, { ...message, receiver, store, told });
    } else takeBatch(message, openBody(message, store, log), store, told);
  }

  function takeBatch(message: BatchMessage, body: Body, store: Store, told: Landed[]): void {
    const { header, rig } = message;
    const receiver = receivers.of(rig);
    const now = performance.now();
    const known =
      header.epoch === ""
        ? { held: [], known: 0 }
        : store.held(rig, header.epoch, header.stream, receiver.cutsOfBatch(header));
    // Asked again here: the key may have been revoked while the message waited.
    const keyLive = keys.liveKey(rig, header.key) !== null;
    if (!keyLive) receiver.step({ type: "revoked", now, key: header.key });
    const effects = receiver.step({ type: "batch", now, header, keyLive, body: forReceiver(body), ...known });
    store.count("batches");
    if (!header.preview && header.count > 0 && !effects.some(isNews)) store.count("repeated batches");
    perform(effects, { ...message, receiver, store, told, body });
  }

  return land;
}

function keepAside(message: Checked, problem: string, store: Store): void {
  const { topic, bytes, landedAt } = message.kind === "aside" ? message.message : message;
  store.aside({ topic, bytes, landedAt, problem });
}

/** Something of the batch is kept or refused; else all of it was held already. */
function isNews(effect: ReceiverEffect): boolean {
  if (effect.type === "land" || effect.type === "quarantine") return effect.ranges.length > 0;
  return effect.type === "drop";
}
