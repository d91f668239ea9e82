import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { HelloPage } from "../../shared/wire/hello.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { openSender, type Sender } from "../../shared/wire/sender.ts";
import type { DictionaryFacts, EpochFacts, SenderFacts } from "../../shared/wire/sender-facts.ts";
import type { Pace, SenderEffect, SendOrder } from "../../shared/wire/sender-io.ts";
import { backfillWays } from "../../shared/wire/topics.ts";
import type { Governor } from "./governor.ts";
import { type OwedFacts, openOwedFacts } from "./owed-facts.ts";
import { type PacingState, startPacing } from "./pacing.ts";
import { openRates, type Rates } from "./rates.ts";
import { type Storing, startTalk, type TalkParts, type TalkState, type Untimed } from "./talk.ts";
import type { Uplink, UplinkEvents, UplinkState } from "./uplink.ts";

/** What one commit of the journal tells the sender. */
interface Committed {
  stored: readonly { stream: Stream; seq: number; dictionary: Id | null; foundation: boolean }[];
  dictionaries: readonly DictionaryFacts[];
  gone: readonly { epoch: Id; stream: Stream; range: SeqRange; sums: Uint32Array | null }[];
  thinned: readonly { epoch: Id; range: SeqRange }[];
}

/** What the link asks of the journal. */
export interface Books {
  facts: SenderFacts;
  onCommitted(listener: (committed: Committed) => void): void;
  settle(changes: readonly Storing[]): Promise<Untimed[] | null>;
  renew(reason: string): Promise<EpochFacts>;
  /** Stores the events of a dictionary once more; `onCommitted` tells of it. */
  tellAgain(dictionary: Id): Promise<void>;
  encode(order: SendOrder): Promise<{ count: number; bytes: Uint8Array | null }>;
  /** See `TalkParts`. */
  closedBetween: TalkParts["closedBetween"];
  report: TalkParts["report"];
}

export interface LinkParts {
  rig: string;
  /** Id of the rig's signing key. */
  key: Id;
  software: string;
  books: Books;
  encodeHello(page: HelloPage): Uint8Array;
  /** See `TalkParts`. */
  open: TalkParts["open"];
  openUplink(events: UplinkEvents): Uplink;
  /** Null: all may go, whatever it costs. */
  governor: Governor | null;
  /** See `TalkParts`. */
  onTime(at: EpochMs, roundTripMs: number): void;
  /** See `TalkParts`. */
  onMoved(effect: Extract<SenderEffect, { type: "move" }>): void;
  /** The connection came or went, or a receipt came. */
  onChange(): void;
}

export interface LinkState extends TalkState, PacingState {
  uplink: UplinkState;
  owed: ReturnType<OwedFacts["frames"]>;
  oldest: ReturnType<OwedFacts["oldest"]>;
  bitsPerSecond: ReturnType<Rates["bitsPerSecond"]>;
  /** What the office asks for. */
  asked: Sender["asked"];
}

/** The rig's side of the talk with the cloud: sender, journal and uplink together. */
export interface CloudLink {
  state(): LinkState;
  stop(): Promise<void>;
  /** Rejects when the talk died of a bug. */
  died: Promise<never>;
}

/** Opens the link at once; it keeps the sender up to date with every commit, whether there is a connection or not. */
export function openCloudLink(parts: LinkParts): CloudLink {
  const { rig, key, software, books } = parts;
  const owed = openOwedFacts(books.facts, () => pacing.state().pace.liveFrames);
  const rates = openRates();
  const sender = openSender({ rig, key, software, limits: { backfillWays } }, books.facts);
  const uplink = parts.openUplink({
    up() {
      pacing.connected();
      changed({ type: "connected" });
    },
    down: () => changed({ type: "disconnected" }),
    message(topic, bytes) {
      talk.received(topic, bytes);
      parts.onChange();
    },
  });
  const tell = (pace: Partial<Pace>) => talk.give({ type: "paced", pace });
  const pacing = startPacing({
    rig,
    uplink,
    rates,
    governor: parts.governor,
    tell,
    asked: () => sender.spentOnRequests,
  });
  const talk = startTalk({
    sender,
    uplink: pacing,
    async store(changes) {
      const settled = await books.settle(changes);
      for (const event of settled ?? [])
        if (event.type === "freed" || event.type === "unfreed" || event.type === "moved") owed.take(event);
      return settled;
    },
    async renew(reason) {
      const epoch = await books.renew(reason);
      owed.take({ type: "renewed", epoch });
      return epoch;
    },
    rewrite: books.tellAgain,
    encode: books.encode,
    closedBetween: books.closedBetween,
    async report(report) {
      await books.report(report);
      parts.onChange();
    },
    encodeHello: parts.encodeHello,
    open: parts.open,
    onTime: parts.onTime,
    onMoved: parts.onMoved,
  });

  function changed(event: Untimed): void {
    talk.give(event);
    parts.onChange();
  }

  books.onCommitted(({ stored, dictionaries, gone, thinned }) => {
    for (const dictionary of dictionaries) both({ type: "dictionary", dictionary });
    for (const range of thinned) both({ type: "thinned", ...range });
    for (const range of gone) both({ type: "gone", ...range });
    for (const { stream, seq, dictionary, foundation } of stored) {
      both({ type: "appended", stream, seq, dictionary, foundation });
    }
  });

  function both(event: Parameters<OwedFacts["take"]>[0]): void {
    owed.take(event);
    talk.give(event);
  }

  const died = Promise.race([talk.died, pacing.died]);
  // A rejection that nobody waits for yet is no fault.
  died.catch(() => undefined);
  return {
    state: () => ({
      ...talk.state(),
      ...pacing.state(),
      uplink: uplink.state(),
      owed: owed.frames(),
      oldest: owed.oldest(),
      bitsPerSecond: rates.bitsPerSecond(),
      asked: sender.asked,
    }),
    async stop() {
      talk.stop();
      await uplink.close();
      await pacing.stop();
    },
    died,
  };
}
