import type { RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { pause } from "../../shared/node/every.ts";
import { openTurns } from "../../shared/node/in-turn.ts";
import type { Log } from "../../shared/node/log.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { EpochFacts, SenderFacts } from "../../shared/wire/sender-facts.ts";
import type { FrameName } from "./broken.ts";
import { type Growth, openForecast } from "./forecast.ts";
import {
  type Committed,
  type DiskFacts,
  emptyOpening,
  type NewEvents,
  type NewFrame,
  type Opening,
  type RunRecord,
} from "./frames.ts";
import { type Damage, openMending } from "./mending.ts";
import { openPacking } from "./rhythm.ts";
import type { Change, Settled } from "./settlement.ts";
import { startWriter } from "./thread.ts";
import { type Group, openWaiting } from "./waiting.ts";
import type { Reply, Request } from "./worker.ts";
import { BARRED, type WriterInput } from "./writer.ts";

/** What the journal can say about itself. */
export interface JournalState {
  disk: DiskFacts;
  growth: Growth;
  /** Encoded bytes that wait in RAM for their commit. */
  waitingBytes: number;
  /** Since when (ms UTC) and why nothing can be stored; null while all is well. */
  failed: { since: number; code: string; message: string } | null;
  /** The file that was last set aside in this run, or is still read back; null where there is none. */
  damage: Damage | null;
  /** What was noted in the file besides frames, was not as it was written, and is forgotten; for people. */
  doubts: readonly string[];
}

/** Where frames become durable. One thread writes; frames that wait together share one commit. */
export interface Journal {
  /** What stood in the file when it was opened, or as it could be read where it cannot be written yet; of an empty one where neither. */
  opening: Opening;
  /**
   * `whole` is called when the file can be opened and all that was set aside is read back, with what stands in it: at once where it is so from the
   * start. What is committed from then on is told by `onCommitted`. `begunAnew` is called when a damaged file was set aside and a new epoch begins in a
   * new file: what was told before holds no more; `whole` follows. One listener.
   */
  onWhole(whole: (facts: SenderFacts, record: RunRecord) => void, begunAnew: () => void): void;
  /** What a new file must be told before the frames that follow: the tags, their dictionary, alarms that are open. */
  defineBy(define: () => RigEvent[][]): void;
  /** Looks whether the file is damaged, since who reads it says so. */
  examine(): Promise<void>;
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
  /** Takes a frame out that the disk did not keep, with the whole span if it is packed, so that the others go on. True if it was owed: a gap event and `onCommitted` tell. */
  takeOut(frame: FrameName, time: FrameTime): Promise<boolean>;
  /** Frames appended from now on belong to this run. Gives what the sender wants to know of it. */
  renew(record: RunRecord): Promise<EpochFacts>;
  state(): JournalState;
  /** Commits what waits, unless the disk refuses; then ends the thread. */
  close(): Promise<void>;
  /** Rejects when the writing thread died of a bug. */
  died: Promise<never>;
}

export interface JournalOptions extends Omit<WriterInput, "barred"> {
  /** Why the file may not be written yet, though the disk may take it; asked before each request. Null, or absent, where it may. */
  barred?: () => string | null;
  /** The time of what the journal itself has to tell. */
  now?: () => FrameTime;
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
  barred = () => null,
  now = () => ({ receivedAt: Date.now(), mono: performance.now(), clock: "unknown" }),
  ...input
}: JournalOptions): Promise<Journal> {
  const writer = await startWriter({ ...input, barred: barred() });
  const waiting = openWaiting(waitingBytes ?? 16_000_000);
  const forecast = openForecast();
  const closing = new AbortController();
  const { opening, trouble } = writer.opened;
  const { record } = writer.opened;
  let { disk, doubts } = writer.opened;
  if (doubts.length > 0) log?.error({ doubts }, "the journal's notes were damaged; what they said is forgotten");
  let failed: JournalState["failed"] = trouble === null ? null : { since: Date.now(), ...trouble };
  let listener = (_: Committed): void => undefined;
  let define = (): RigEvent[][] => [];
  /** A new file knows nothing of the tags yet; whether one that could only be read is the same once it can be written nobody knows. */
  let isUndefined = trouble !== null && opening !== null;
  writer.died.catch((cause: Error) => waiting.fail(cause));

  /** One request at a time; what comes in meanwhile shares the next commit. */
  const inTurn = openTurns();

  /** What is asked is not done by the thread while it may not write. */
  function askedInVain(): Reply | null {
    const message = barred();
    return message === null ? null : { did: "fail", code: BARRED, message, setAside: null };
  }

  type Done = Exclude<Reply, { did: "fail" }>;
  /** Asks once; null if the disk refuses, or the file was set aside. */
  async function ask(request: Request): Promise<Done | null> {
    const reply = await (askedInVain() ?? writer.ask(request));
    if (reply.did === "fail") {
      failed ??= { since: Date.now(), code: reply.code, message: reply.message };
      if (reply.setAside !== null) mending.beginAnew(reply.setAside, reply.message);
      return null;
    }
    failed = null;
    take(reply);
    if (request.do === "append") isUndefined = false;
    return reply;
  }

  function take(reply: Done): void {
    if ("disk" in reply) disk = reply.disk;
    if (reply.did === "open" && reply.doubts.length > doubts.length) {
      doubts = reply.doubts;
      log?.error({ doubts }, "the journal's notes were damaged; what they said is forgotten");
    }
    if (reply.did === "compact") {
      for (const problem of reply.problems) log?.error({ problem }, "delivered frames could not be packed");
      if (reply.gone.length > 0) listener({ stored: [], dictionaries: [], gone: reply.gone, thinned: [] });
    }
    if (reply.did === "read back") mending.took(reply);
    if (reply.did === "append" || reply.did === "read back") {
      for (const { bytes } of reply.committed.stored) forecast.add(bytes);
      listener(reply.committed);
    }
  }

  const mending = openMending({
    opened: writer.opened,
    readBack: () => name(() => ({ do: "read back", time: now() })),
    reopen: (take) => inTurn(async () => take(await ask({ do: "reopen" }))),
    begunAnew() {
      isUndefined = true;
      listener = () => undefined;
    },
    log,
    signal: closing.signal,
  });

  /** Asks until the disk does it, in a turn of its own each time; null if the journal closes first, or what it is asked was of a file that is set aside. */
  async function insist(build: () => Request): Promise<Done | null> {
    for (;;) {
      const tried = await inTurn(async () => {
        const [file, request] = [mending.damage()?.file, build()];
        return { reply: await ask(request), request, isAnew: mending.damage()?.file !== file };
      });
      if (tried.reply !== null || closing.signal.aborted) return tried.reply;
      if (tried.isAnew && tried.request.do !== "append") return null;
      if (!tried.isAnew) await pause(RETRY_MS, closing.signal);
    }
  }

  const naming = openTurns();
  let givenUp = false;
  /**
   * What gives names waits until the request before it is done, not only tried: one that was refused may have landed all the same, and only its
   * repetition can tell. Receipts have their turn meanwhile: what they free makes room.
   */
  function name(request: () => Request | null): Promise<Done | null> {
    return naming(async () => {
      const first = request();
      if (first === null || givenUp) return null;
      const reply = await insist(() => request() ?? first);
      givenUp = reply === null && closing.signal.aborted;
      return reply;
    });
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
        return { do: "append", frames: [...(isUndefined ? definitions(group) : []), ...group.frames] };
      });
      if (taken.group === undefined) return;
      taken.group.done(reply !== null);
      packing.soon();
    }
  }

  function definitions({ frames }: Group): NewEvents[] {
    const { receivedAt, mono, clock } = frames[0] ?? now();
    const defined = define().filter((events) => events.length > 0);
    return defined.map((events) => ({ stream: "events", receivedAt, mono, clock, events }));
  }

  /** Delivered frames are packed between commits, one span a turn. What the disk refuses waits for the next time, and a thread that died says so by `died`. */
  const packing = openPacking(async () => {
    if (closing.signal.aborted || !mending.whole()) return false;
    const reply = await inTurn(() => ask({ do: "compact" }));
    return reply?.did === "compact" && reply.more;
  }, compactMs);

  return {
    opening: opening ?? emptyOpening(record.epoch),
    onWhole: mending.onWhole,
    defineBy(next) {
      define = next;
    },
    async examine() {
      await inTurn(() => ask({ do: "examine" }));
    },
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
      const reply = await insist(() => ({ do: "settle", changes }));
      packing.soon();
      return reply?.did === "settle" ? reply.settled : null;
    },
    async tellAgain(dictionary, time) {
      await name(() => ({ do: "tell again", dictionary, time }));
    },
    async takeOut(frame, time) {
      const reply = await name(() => ({ do: "take out", frame, time }));
      return reply?.did === "append" && reply.committed.stored.length > 0;
    },
    async renew(record) {
      const reply = await name(() => ({ do: "renew", record }));
      if (reply?.did !== "renew") throw new Error("the journal closed before the new epoch began");
      return reply.facts;
    },
    state: () => ({
      ...{ disk, growth: forecast.growth(), waitingBytes: waiting.bytes(), failed },
      ...{ damage: mending.damage(), doubts },
    }),
    async close() {
      closing.abort();
      await storing?.catch(() => undefined); // `died` tells
      await mending.ended();
      await inTurn(() => writer.ask({ do: "close" }));
    },
    died: writer.died,
  };
}
