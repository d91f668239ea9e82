import type { Id } from "../domain/id.ts";
import { type AnswerHead, answerPages } from "./answer.ts";
import type { BatchHeader } from "./batch.ts";
import { type Hello, type HelloPage, helloWeight, wholeHello } from "./hello.ts";
import { verdictOf } from "./lacking.ts";
import { maxUnfinishedHello, unfinishedHelloMs } from "./limits.ts";
import { Named } from "./named.ts";
import { batchFormats, type SeqRange, segmentFormats } from "./names.ts";
import { landed, merged, raised } from "./outcome.ts";
import { Pages } from "./pages.ts";
import type { Receipt } from "./receipt.ts";
import type { ReceiverEffect, ReceiverEvent, ReceiverSettings } from "./receiver-io.ts";

const helloBound = { weight: helloWeight, most: maxUnfinishedHello, keepMs: unfinishedHelloMs };

type BatchEvent = Extract<ReceiverEvent, { type: "batch" }>;

/**
 * The cloud's half of the protocol for one rig, without I/O. Durable facts come in with the events, read in the
 * transaction that the effects are stored in; what the receiver itself remembers, a crash may forget: the archive then
 * has a new incarnation, and the rig says hello.
 */
export class Receiver {
  private readonly settings: ReceiverSettings;
  /** Of the last answer or receipt. */
  private number: number;
  private pages = new Pages<HelloPage>(helloBound);
  /** Nonces that were answered, newest last. */
  private answered: Id[] = [];
  /** Lost frames that are kept by no name, as last told; null before. */
  private beyond: number | null = null;
  /** By answer, least recently used first. */
  private readonly sessions = new Map<Id, Named>();
  /** Answers in the order in which they were given; the position decides which epoch runs. */
  private order: Id[] = [];
  /** `before`: epochs that ran earlier under the same answer; a late batch of theirs does not bring them back. */
  private running: { answer: Id; epoch: Id; before: readonly Id[] } | null = null;
  /** Answers of which a receipt has news; "" for batches under an answer that is not known. */
  private readonly news = new Set<Id | "">();
  private receiptAt = Number.POSITIVE_INFINITY;
  private lastReceiptAt = Number.NEGATIVE_INFINITY;

  constructor(settings: ReceiverSettings) {
    this.settings = settings;
    this.number = settings.number;
  }

  /** Takes one event. Effects that store go into the open transaction, answers and receipts out after its commit. */
  step(event: ReceiverEvent): ReceiverEffect[] {
    switch (event.type) {
      case "hello":
        return this.onHello(event.page, event.now);
      case "consulted":
        return this.onConsulted(event);
      case "batch":
        return this.onBatch(event);
      case "gap":
        return this.onGap(event);
      case "revoked":
        this.pages.drop((page) => page.key === event.key);
        return [];
      case "tick":
        this.pages.dropOld(event.now);
        return event.now >= this.receiptAt ? this.receipts(event.now) : [];
    }
  }

  /** This receiver as it is now: what to go back to when the transaction that it steps in is undone. */
  copy(): Receiver {
    const copy = new Receiver({ ...this.settings, number: this.number });
    copy.pages = this.pages.copy();
    copy.answered = this.answered;
    copy.beyond = this.beyond;
    for (const [answer, session] of this.sessions) copy.sessions.set(answer, session.copy());
    copy.order = [...this.order];
    copy.running = this.running;
    for (const answer of this.news) copy.news.add(answer);
    copy.receiptAt = this.receiptAt;
    copy.lastReceiptAt = this.lastReceiptAt;
    return copy;
  }

  /** When a `tick` is due (never inside an open transaction), monotonic ms; Infinity for none. A tick after each commit is right too. */
  nextWake(): number {
    return Math.min(this.receiptAt, this.pages.oldAt);
  }

  /** About how many bytes hellos take of which pages are missing. */
  get unfinished(): number {
    return this.pages.weight;
  }

  /** Forgets them: the rig says hello again. */
  dropUnfinished(): void {
    this.pages.clear();
  }

  /** Where held is to be cut for a batch event: before each of these seqs. */
  cutsOfBatch(header: BatchHeader): number[] {
    if (header.epoch === "" || header.count === 0) return [];
    const batch = rangeOf(header);
    const inner = this.sessions.get(header.answer)?.cuts(header.epoch, header.stream, batch) ?? [];
    return [batch.first, ...inner, batch.last + 1];
  }

  private onHello(page: HelloPage, now: number): ReceiverEffect[] {
    if (this.answered.includes(page.nonce)) return [];
    const pages = this.pages.add(page.nonce, page, now);
    if (pages === null) return [];
    this.answered = [...this.answered.slice(-15), page.nonce];
    return [{ type: "consult", hello: wholeHello(pages) }];
  }

  private onConsulted(event: Extract<ReceiverEvent, { type: "consulted" }>): ReceiverEffect[] {
    const { hello, epochs, answer } = event;
    const { effects, statements, nameAll, beyond } = verdictOf(hello, epochs);
    if (beyond !== null && beyond.frames !== this.beyond) {
      this.beyond = beyond.frames;
      effects.push({ type: "beyond", ...beyond });
    }
    this.open(answer);
    const { at, clockTrue } = event;
    const head = { ...this.head(hello, answer), at, clockTrue, nameAll };
    return [...effects, { type: "answer", pages: answerPages(head, statements, this.settings.pageRanges) }];
  }

  private head(hello: Hello, answer: Id): Omit<AnswerHead, "at" | "clockTrue" | "nameAll"> {
    const { rig, key, version } = this.settings;
    const common = hello.batchFormats.some((format) => this.settings.batchFormats.includes(format));
    return {
      rig,
      key,
      nonce: hello.nonce,
      answer,
      incarnation: this.settings.incarnation,
      number: ++this.number,
      version,
      batchFormats: this.settings.batchFormats,
      segmentFormats: this.settings.segmentFormats,
      upgradeNeeded: !common,
    };
  }

  /** Answers that nobody used may go; a rig whose answer went is told to say hello. */
  private open(answer: Id): void {
    this.sessions.set(answer, new Named(answer));
    this.order.push(answer);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= 8) break;
      this.sessions.delete(oldest);
      this.news.delete(oldest);
    }
    this.order = this.order.filter((each) => this.sessions.has(each));
  }

  private onBatch(event: BatchEvent): ReceiverEffect[] {
    const { header, now, keyLive } = event;
    if (!keyLive) return [{ type: "drop", reason: "revoked key" }];
    if (header.preview) return [{ type: "show" }];
    const session = this.use(header.answer);
    const effects = session === undefined ? [] : this.proveRunning(header);
    effects.push(...this.onFrames(event, session));
    session?.count(header.lane, header.send);
    this.schedule(session === undefined ? "" : header.answer, header.stream === "events" && header.count > 0, now);
    return effects;
  }

  private use(answer: Id): Named | undefined {
    const session = this.sessions.get(answer);
    if (session !== undefined) {
      this.sessions.delete(answer);
      this.sessions.set(answer, session);
    }
    return session;
  }

  private proveRunning(header: BatchHeader): ReceiverEffect[] {
    const { answer, running: epoch } = header;
    const same = this.running?.answer === answer ? this.running : null;
    if (same !== null && (same.epoch === epoch || same.before.includes(epoch))) return [];
    const before = this.running === null ? -1 : this.order.indexOf(this.running.answer);
    if (this.order.indexOf(answer) < before) return [];
    this.running = { answer, epoch, before: same === null ? [] : [...same.before, same.epoch] };
    return [{ type: "running", epoch, answer }];
  }

  private onFrames({ header, body, held, known }: BatchEvent, session: Named | undefined): ReceiverEffect[] {
    const { epoch, stream, thinned } = header;
    if (epoch === "" || body.kind === "empty") return [];
    if (body.kind === "no dictionary") return [{ type: "drop", reason: "no dictionary" }];
    const batch = rangeOf(header);
    const reached = Math.max(known, batch.last, held.at(-1)?.last ?? 0);
    if (body.kind === "unreadable") {
      const { counted, cut } = raised(held, [batch], "quarantined");
      session?.note(epoch, stream, batch, cut, [], reached);
      return [{ type: "quarantine", epoch, stream, ranges: counted, problem: body.problem, held: merged(cut) }];
    }
    if (body.sums.length !== 2 * header.count)
      throw new Error(`${body.sums.length / 2} sums for ${header.count} frames`);
    const state = thinned === null ? "stored" : "thinned";
    const { counted, cut, conflicts } = landed(held, batch, body.sums, state);
    session?.note(
      epoch,
      stream,
      batch,
      cut,
      conflicts.map((each) => each.range),
      reached,
    );
    const effects: ReceiverEffect[] = conflicts.map((each) => ({ type: "conflict", epoch, stream, ...each }));
    if (counted.length > 0) effects.push({ type: "land", epoch, stream, ranges: counted, state, held: merged(cut) });
    return effects;
  }

  private onGap({ epoch, stream, range, held }: Extract<ReceiverEvent, { type: "gap" }>): ReceiverEffect[] {
    const { counted, cut } = raised(held, [range], "lost");
    return counted.length === 0 ? [] : [{ type: "lost", epoch, stream, ranges: counted, held: merged(cut) }];
  }

  private schedule(answer: Id | "", atOnce: boolean, now: number): void {
    this.news.add(answer);
    const due = atOnce ? now : Math.max(now, this.lastReceiptAt + this.settings.receiptMs);
    this.receiptAt = Math.min(this.receiptAt, due);
  }

  private receipts(now: number): ReceiverEffect[] {
    const effects: ReceiverEffect[] = [];
    for (const name of this.news) {
      const session = name === "" ? undefined : this.sessions.get(name);
      // Too much to state: the next answer states it all, and this begins anew.
      const tooMuch = session !== undefined && (session.isTorn || session.size > this.settings.receiptRanges);
      const answer = session === undefined || tooMuch ? "" : session.answer;
      const { rig, key } = this.settings;
      const receipt: Receipt = {
        rig,
        key,
        incarnation: this.settings.incarnation,
        number: ++this.number,
        answer,
        processed:
          answer === "" || session === undefined ? { events: 0, live: 0, backfill: 0 } : { ...session.processed },
        statements: answer === "" || session === undefined ? [] : session.statements(),
      };
      effects.push({ type: "receipt", receipt });
    }
    this.news.clear();
    this.receiptAt = Number.POSITIVE_INFINITY;
    this.lastReceiptAt = now;
    return effects;
  }
}

/** A receiver for one rig, new at every opening of the archive. */
export function openReceiver(
  settings: Pick<ReceiverSettings, "rig" | "key" | "incarnation" | "version"> & Partial<ReceiverSettings>,
): Receiver {
  return new Receiver({
    number: 0,
    batchFormats,
    segmentFormats,
    pageRanges: 500,
    receiptMs: 5_000,
    receiptRanges: 500,
    ...settings,
  });
}

function rangeOf(header: BatchHeader): SeqRange {
  return { first: header.firstSeq, last: header.firstSeq + header.count - 1 };
}
