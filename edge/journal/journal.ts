import type { Id } from "../../shared/domain/id.ts";
import { pause } from "../../shared/node/every.ts";
import type { Log } from "../../shared/node/log.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { FrameName } from "./broken.ts";
import { type Growth, openForecast } from "./forecast.ts";
import type { Committed, DiskFacts, NewFrame, Opening, RunRecord } from "./frames.ts";
import type { Change, Settled } from "./settlement.ts";
import { startWriter } from "./thread.ts";
import { type Group, openWaiting } from "./waiting.ts";
import type { Reply, Request } from "./worker.ts";
import type { WriterInput } from "./writer.ts";

/** What the journal can say about itself. */
export interface JournalState {
  disk: DiskFacts;
  growth: Growth;
  /** Encoded bytes that wait in RAM for their commit. */
  waitingBytes: number;
  /** Since when (ms UTC) and why nothing can be stored; null while all is well. */
  failed: { since: number; code: string; message: string } | null;
}

/** Where frames become durable. One thread writes; frames that wait together share one commit. */
export interface Journal {
  opening: Opening;
  /** Where a file was put that could not be read as a journal; null where there was none. */
  setAside: string | null;
  /**
   * Resolves true after the commit. False if there was no room in RAM to wait in (a gap event tells, stored with the next frame) or if the
   * journal closed while the disk was refusing. A disk in trouble is tried again each second.
   */
  append(frame: NewFrame): Promise<boolean>;
  /** Called after each commit, before its frames' promises resolve. One listener. */
  onCommitted(listener: (committed: Committed) => void): void;
  /** What receipts and answers change, in one transaction. Resolves after the commit with what came of it; null if the journal closed first. */
  settle(changes: readonly Change[]): Promise<Settled[] | null>;
  /** Stores the events of a dictionary once more, whole; `onCommitted` tells what it stands on now. */
  tellAgain(dictionary: Id, time: FrameTime): Promise<void>;
  /** Takes a frame out whose bits have changed, so that the others go on; a gap event and `onCommitted` tell if it was owed. */
  takeOut(frame: FrameName, time: FrameTime): Promise<void>;
  /** Frames appended from now on belong to this run. Gives what the sender wants to know of it. */
  renew(record: RunRecord): Promise<EpochFacts>;
  state(): JournalState;
  /** Commits what waits, unless the disk refuses; then ends the thread. */
  close(): Promise<void>;
  /** Rejects when the writing thread died of a bug. */
  died: Promise<never>;
}

export interface JournalOptions extends WriterInput {
  /** Encoded bytes that may wait in RAM. */
  waitingBytes?: number;
  /** Delivered frames are packed this often. */
  compactMs?: number;
  /** Told what went wrong with frames on the disk. */
  log?: Pick<Log, "error">;
}

const RETRY_MS = 1_000;

/** Starts the writing thread and opens the file. Rejects if that fails. */
export async function openJournal({
  waitingBytes,
  compactMs = 60_000,
  log,
  ...input
}: JournalOptions): Promise<Journal> {
  const writer = await startWriter(input);
  const waiting = openWaiting(waitingBytes ?? 16_000_000);
  const forecast = openForecast();
  const closing = new AbortController();
  let disk = writer.opened.disk;
  let failed: JournalState["failed"] = null;
  let listener = (_: Committed): void => undefined;
  let turn: Promise<unknown> = Promise.resolve();
  writer.died.catch((cause: Error) => waiting.fail(cause));

  /** One request at a time; what comes in meanwhile shares the next commit. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  /** Asks once; null if the disk refuses. */
  async function ask(request: Request): Promise<Exclude<Reply, { did: "fail" }> | null> {
    const reply = await writer.ask(request);
    if (reply.did === "fail") {
      failed ??= { since: Date.now(), code: reply.code, message: reply.message };
      return null;
    }
    failed = null;
    if ("disk" in reply) disk = reply.disk;
    if (reply.did === "compact") {
      for (const problem of reply.problems) log?.error({ problem }, "delivered frames could not be packed");
      if (reply.gone.length > 0) listener({ stored: [], dictionaries: [], gone: reply.gone });
    }
    if (reply.did === "append") {
      for (const { bytes } of reply.committed.stored) forecast.add(bytes);
      listener(reply.committed);
    }
    return reply;
  }

  /** Asks until the disk does it, in a turn of its own each time; null if the journal closes first. */
  async function insist(request: Request): Promise<Exclude<Reply, { did: "fail" }> | null> {
    for (;;) {
      const reply = await inTurn(() => ask(request));
      if (reply !== null || closing.signal.aborted) return reply;
      await pause(RETRY_MS, closing.signal);
    }
  }

  let naming: Promise<unknown> = Promise.resolve();
  let givenUp = false;
  /**
   * What gives names waits until the request before it is done, not only tried: one that was refused may have landed all the same, and only its
   * repetition can tell. Receipts have their turn meanwhile: what they free makes room.
   */
  function name(request: () => Request | null): Promise<Exclude<Reply, { did: "fail" }> | null> {
    const mine = naming.then(async () => {
      const next = request();
      if (next === null || givenUp) return null;
      const reply = await insist(next);
      givenUp = reply === null;
      return reply;
    });
    naming = mine.catch(() => undefined);
    return mine;
  }

  let storing: Promise<void> | null = null;
  /** One group after the other; what comes in meanwhile shares the next. */
  async function storeGroups(): Promise<void> {
    for (;;) {
      const taken: { group?: Group } = {};
      const reply = await name(() => {
        const group = waiting.take();
        if (group === null) {
          storing = null;
          return null;
        }
        taken.group = group;
        return { do: "append", frames: group.frames };
      });
      if (taken.group === undefined) return;
      taken.group.done(reply !== null);
    }
  }

  let compactedAt = performance.now();
  /** Delivered frames are packed between commits, one span a turn. What the disk refuses waits for the next time. */
  function compactSoon(): void {
    if (performance.now() - compactedAt < compactMs || closing.signal.aborted) return;
    compactedAt = performance.now();
    void inTurn(() => ask({ do: "compact" })).then(
      (reply) => {
        if (reply?.did !== "compact" || !reply.more) return;
        compactedAt = Number.NEGATIVE_INFINITY;
        compactSoon();
      },
      () => undefined, // The thread died: `died` tells.
    );
  }

  return {
    opening: writer.opened.opening,
    setAside: writer.opened.setAside,
    append(frame) {
      const outcome = waiting.add(frame, failed === null ? "overflow in RAM" : "storage failed");
      storing ??= storeGroups();
      storing.catch(() => undefined); // The thread died: `died` tells.
      return outcome;
    },
    onCommitted(next) {
      listener = next;
    },
    async settle(changes) {
      const reply = await insist({ do: "settle", changes });
      compactSoon();
      return reply?.did === "settle" ? reply.settled : null;
    },
    async tellAgain(dictionary, time) {
      await name(() => ({ do: "tell again", dictionary, time }));
    },
    async takeOut(frame, time) {
      await name(() => ({ do: "take out", frame, time }));
    },
    async renew(record) {
      const reply = await name(() => ({ do: "renew", record }));
      if (reply?.did !== "renew") throw new Error("the journal closed before the new epoch began");
      return reply.facts;
    },
    state: () => ({ disk, growth: forecast.growth(), waitingBytes: waiting.bytes(), failed }),
    async close() {
      closing.abort();
      await storing?.catch(() => undefined);
      await inTurn(() => writer.ask({ do: "close" }));
    },
    died: writer.died,
  };
}
