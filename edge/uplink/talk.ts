import type { EpochMs, Id } from "../../shared/domain/id.ts";
import { openDying } from "../../shared/node/died.ts";
import { newId } from "../../shared/node/id.ts";
import type { AnswerPage } from "../../shared/wire/answer.ts";
import type { HelloPage } from "../../shared/wire/hello.ts";
import type { Receipt } from "../../shared/wire/receipt.ts";
import type { RequestList } from "../../shared/wire/request.ts";
import type { Sender } from "../../shared/wire/sender.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { RequestReport, SenderEffect, SenderEvent, SendOrder } from "../../shared/wire/sender-io.ts";
import type { DownTopic } from "../../shared/wire/topics.ts";
import type { Uplink } from "./uplink.ts";

/** An effect that the journal commits. */
export type Storing = Extract<SenderEffect, { type: "free" | "unfree" | "move" | "note" }>;
/** An event that the clock and chance have no part in yet. */
export type Untimed = SenderEvent extends infer E
  ? E extends SenderEvent
    ? Omit<E, "now" | "at" | "nonce">
    : never
  : never;

export interface TalkParts {
  sender: Pick<Sender, "step" | "nextWake">;
  /** Commits what the sender wants stored; gives the events that came of it; null if the journal is closing. */
  store(changes: readonly Storing[]): Promise<Untimed[] | null>;
  /** Begins a new epoch. */
  renew(reason: string): Promise<EpochFacts>;
  /** Stores the events of a dictionary once more; what it stands on then comes as an event. */
  rewrite(dictionary: Id): Promise<void>;
  /** Encodes and signs the frames that an order names; `count` is 0 and the bytes null where the disk has none of them any more. */
  encode(order: SendOrder): Promise<{ count: number; bytes: Uint8Array | null }>;
  /** Encodes and signs a page of hello. */
  encodeHello(page: HelloPage): Uint8Array;
  /** Telemetry of the disk that closed in a span, ms UTC; null while the disk cannot be read. */
  closedBetween(from: number, to: number): Promise<Extract<SenderEvent, { type: "found" }>["frames"] | null>;
  /** Stores as an event how far a request of the office is; what finds no room is told again when the office asks. */
  report(report: RequestReport): Promise<unknown>;
  /** What a key of the cloud signed; null for anything else. */
  open(topic: DownTopic, bytes: Uint8Array): DownMessage | null;
  uplink: Pick<Uplink, "publish">;
  /** The office, which knows the time, answered a hello `roundTripMs` after it was said, and somewhere between its clock stood at `at` (ms UTC). */
  onTime(at: EpochMs, roundTripMs: number): void;
  /** Rig and cloud differ in these frames; they have other names now. */
  onMoved(effect: Extract<SenderEffect, { type: "move" }>): void;
}

/** A page of an answer, a receipt, or what the office asks for. */
export type DownMessage = { answer: AnswerPage } | { receipt: Receipt } | { requests: RequestList };

/** What is known of the talk with the cloud. Times are ms UTC, null before the first. */
export interface TalkState {
  lastReceiptAt: number | null;
  lastAnswerAt: number | null;
  /** Since when something is out that neither a receipt nor an answer of the office followed; null where nothing is. Previews are never answered. */
  unansweredSince: number | null;
  /** Messages without a good signature, or that were nothing that a rig takes. */
  refused: number;
}

/** Drives the sender: gives it what happened, one event after the other, and performs what it decides. */
export interface Talk {
  give(event: Untimed): void;
  received(topic: DownTopic, bytes: Uint8Array): void;
  state(): TalkState;
  stop(): void;
  /** Rejects when performing failed of a bug. */
  died: Promise<never>;
}

const LONGEST_TIMER_MS = 3_600_000;

export function startTalk(parts: TalkParts): Talk {
  const { sender, uplink } = parts;
  const queue: Untimed[] = [];
  const state: TalkState = { lastReceiptAt: null, lastAnswerAt: null, unansweredSince: null, refused: 0 };
  /** The newest hello, until it is answered, and when it was said. */
  let hello: { nonce: Id; saidAt: number } | null = null;
  let working = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const { died, fail } = openDying();

  const timed = (event: Untimed): SenderEvent =>
    ({ ...event, now: performance.now(), at: Date.now(), nonce: newId() }) as SenderEvent;

  async function work(): Promise<void> {
    for (let event = queue.shift(); event !== undefined && !stopped; event = queue.shift()) {
      await perform(sender.step(timed(event)));
    }
    arm();
  }

  function wake(): void {
    if (working || stopped) return;
    working = true;
    work()
      .catch(fail)
      .finally(() => {
        working = false;
        if (queue.length > 0) wake();
      });
  }

  function arm(): void {
    clearTimeout(timer);
    const wait = sender.nextWake() - performance.now();
    if (stopped || wait === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(() => give({ type: "tick" }), Math.min(Math.max(wait, 1), LONGEST_TIMER_MS));
    timer.unref();
  }

  function give(event: Untimed): void {
    // What went out on another connection may never be answered.
    if (event.type === "connected" || event.type === "disconnected") state.unansweredSince = null;
    queue.push(event);
    wake();
  }

  /** Stores are committed before anything else goes out, and what came of them is the sender's very next news. */
  async function perform(effects: readonly SenderEffect[]): Promise<void> {
    const stores = effects.filter((effect): effect is Storing =>
      ["free", "unfree", "move", "note"].includes(effect.type),
    );
    if (stores.length > 0) {
      const settled = await parts.store(stores);
      if (settled === null) return;
      queue.unshift(...settled);
    }
    for (const effect of effects) await performOne(effect);
  }

  async function performOne(effect: SenderEffect): Promise<void> {
    switch (effect.type) {
      case "hello":
        hello = { nonce: effect.pages[0]?.nonce ?? "", saidAt: performance.now() };
        state.unansweredSince ??= Date.now();
        for (const page of effect.pages) void uplink.publish("hello", parts.encodeHello(page));
        break;
      case "send":
        void send(effect.order).catch(fail);
        break;
      case "renew":
        // Behind the commits that the old epoch still made.
        queue.push({ type: "renewed", epoch: await parts.renew(effect.reason) });
        break;
      case "rewrite":
        await parts.rewrite(effect.dictionary);
        break;
      case "move":
        parts.onMoved(effect);
        break;
      case "find":
        void find(effect).catch(fail);
        break;
      case "report":
        void parts.report(effect.report).catch(fail);
    }
  }

  async function find({ request, from, to }: Extract<SenderEffect, { type: "find" }>): Promise<void> {
    const frames = await parts.closedBetween(from, to);
    // It is looked for again when the office tells of it next.
    if (frames !== null) give({ type: "found", request, frames });
  }

  /** Runs beside the loop, so that receipts are taken in while a batch is encoded. */
  async function send(order: SendOrder): Promise<void> {
    const { answer, lane, send: number, way } = order;
    const { bytes, count } = await parts.encode(order);
    give({ type: "sent", answer, lane, send: number, count, bytes: bytes?.length ?? 0 });
    if (bytes !== null && !order.preview) state.unansweredSince ??= Date.now();
    if (bytes !== null && (await uplink.publish(lane, bytes, way)))
      give({ type: "acknowledged", answer, lane, send: number });
  }

  function takeTime({ nonce, at, clockTrue }: AnswerPage): void {
    if (hello?.nonce !== nonce) return;
    if (clockTrue) parts.onTime(at, performance.now() - hello.saidAt);
    hello = null;
  }

  return {
    give,
    received(topic, bytes) {
      if (topic === "command") return;
      const message = parts.open(topic, bytes);
      if (message === null) state.refused += 1;
      else if ("requests" in message) give({ type: "requested", list: message.requests });
      else if ("answer" in message) {
        Object.assign(state, { lastAnswerAt: Date.now(), unansweredSince: null });
        takeTime(message.answer);
        give({ type: "answer", page: message.answer });
      } else {
        Object.assign(state, { lastReceiptAt: Date.now(), unansweredSince: null });
        give({ type: "receipt", receipt: message.receipt });
      }
    },
    state: () => ({ ...state }),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    died,
  };
}
