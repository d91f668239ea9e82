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
  clockTrue(): boolean;
  log: Log;
}

/** What is done with one message in an open transaction. */
type Take = (message: Checked, store: Store, told: Landed[]) => void;

/** After so long a transaction takes no further message: what each costs is known only once it is unpacked, and others wait behind it. */
const GROUP_MS = 100;

/**
 * Lands as many messages of a group as one transaction may take, in their order, and tells what landed and how many are dealt with (one at least);
 * answers go out after the commit. What one message throws undoes that message alone: it is quarantined, or kept aside where even that fails. Rejects
 * when the archive has failed.
 */
export function landing({
  archive,
  keys,
  receivers,
  out,
  clockTrue,
  log,
}: Parts): (group: readonly Checked[]) => Promise<{ told: Landed[]; taken: number }> {
  const perform = performing(out, clockTrue, log);

  async function land(group: readonly Checked[]): Promise<{ told: Landed[]; taken: number }> {
    const told: Landed[] = [];
    let end = group.length;
    let fault: unknown;
    // Undone work is done again without the message that failed, so a group costs at most twice for each such message.
    while (end > 0) {
      const { at, failed } = await attempt(group.slice(0, end), take, told);
      if (failed === null && at < end) return { told, taken: at };
      if (failed === null) break;
      fault = failed.error;
      end = at;
    }
    const culprit = group[end];
    if (culprit === undefined) return { told, taken: end };
    await refuse(culprit, fault, told);
    return { told, taken: end + 1 };
  }

  /**
   * Does it in one transaction to the messages before `at`, all or as many as there is time for; or, where it failed, to none: then `at` says which
   * message failed, or which is to be left out next.
   */
  async function attempt(
    group: readonly Checked[],
    one: Take,
    told: Landed[],
  ): Promise<{ at: number; failed: { error: unknown } | null }> {
    const news: Landed[] = [];
    const began = performance.now();
    let at = 0;
    receivers.mark();
    try {
      await archive.transaction((store) => {
        for (const message of group) {
          one(message, store, news);
          at++;
          if (performance.now() - began > GROUP_MS) break;
        }
      });
    } catch (error) {
      receivers.back();
      out.drop();
      // Nobody failed and all of them together did: the half of them may do.
      return { at: at < group.length ? at : Math.floor(group.length / 2), failed: { error } };
    }
    out.send();
    for (const what of news) told.push(what);
    return { at, failed: null };
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
    let { failed } = await attempt([message], quarantine, told);
    if (failed !== null) ({ failed } = await attempt([message], aside, told));
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
