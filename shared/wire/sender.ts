import type { EpochMs, Id } from "../domain/id.ts";
import { type Answer, type AnswerPage, wholeAnswer } from "./answer.ts";
import { Claims } from "./claims.ts";
import { Disputes } from "./disputes.ts";
import { FrameSet } from "./frame-set.ts";
import type { Statement } from "./held.ts";
import { Owed } from "./owed.ts";
import { Pages } from "./pages.ts";
import { minus } from "./ranges.ts";
import type { Receipt } from "./receipt.ts";
import { type Asked, owedOf, Requested } from "./requested.ts";
import { helloOf, lackedBy, sumsIn } from "./saying.ts";
import type { Note, SenderFacts } from "./sender-facts.ts";
import { type SenderEffect, type SenderEvent, type SenderLimits, senderLimits } from "./sender-io.ts";
import { Session } from "./session.ts";

/** Who the rig is. */
export interface SenderSettings {
  rig: string;
  /** The rig's signing key. */
  key: Id;
  software: string;
  limits: SenderLimits;
}

/** What a run of the daemon remembers of a connection; a crash forgets it and nothing is lost by that. */
interface Talk {
  /** The newest hello; null before the first on this connection. */
  hello: { nonce: Id; saidAt: number; tries: number; answered: boolean; named: Set<Id> } | null;
  /** When the next hello is due. */
  helloAt: number;
  pages: Pages<AnswerPage>;
  /** Null before the answer: nothing but hello goes. */
  session: Session | null;
}

/**
 * The rig's half of the protocol, without I/O: what happened comes in, what to do goes out. It decides what is sent,
 * when hello is said, and what the journal is asked to free; it never reads a clock, a disk or a socket.
 */
export class Sender {
  /** Durable: mirrors what the journal committed. */
  private readonly owed: Owed;
  private note: Note | null;
  /** Volatile. */
  private talk: Talk | null = null;
  /** The cloud asked for a hello that names every epoch on the disk. */
  private nameAll = false;
  private readonly disputes = new Disputes();
  private renewing = false;
  /** Quarantined by this version of the cloud, as receipts told: offered again when the version changes. */
  private refused = { version: "", incarnation: "", frames: new FrameSet() };
  /** What the office asks for. */
  private readonly requested = new Requested();
  private readonly settings: SenderSettings;

  constructor(settings: SenderSettings, facts: SenderFacts) {
    this.settings = settings;
    this.owed = new Owed(facts);
    this.note = facts.note;
  }

  /** Takes one event; the effects are to be performed in their order, stores first committed. */
  step(event: SenderEvent): SenderEffect[] {
    const effects = this.take(event);
    if (!this.requested.isIdle) effects.push(...this.settleRequests(event));
    const order = this.renewing ? null : (this.talk?.session?.next(event.now) ?? null);
    return order === null ? effects : [...effects, { type: "send", order }];
  }

  /** What the office asks for, how far it is, and how many frames of each are still owed. */
  get asked(): readonly (Asked & { left: number })[] {
    return this.requested.all.map((asked) => ({ ...asked, left: owedOf(asked, this.owed) }));
  }

  /** Bytes that went for requests although the link's policy held such back, in this run. */
  get spentOnRequests(): number {
    return this.requested.spentInAll;
  }

  /** When a `tick` is due, monotonic ms; Infinity while only another event can change anything. */
  nextWake(): number {
    if (this.talk === null) return Number.POSITIVE_INFINITY;
    const { helloAt, session } = this.talk;
    return session === null || this.renewing ? helloAt : Math.min(helloAt, session.nextProbe());
  }

  private take(event: SenderEvent): SenderEffect[] {
    const session = this.talk?.session;
    switch (event.type) {
      case "connected":
        this.talk = { hello: null, helloAt: event.now, pages: new Pages(), session: null };
        return this.sayHello(event);
      case "tick":
        return this.talk !== null && event.now >= this.talk.helloAt ? this.sayHello(event) : [];
      case "disconnected":
        this.talk = null;
        return [];
      case "answer":
        return this.onAnswerPage(event.page, event.now);
      case "receipt":
        return this.onReceipt(event.receipt, event.now);
      case "sent":
        return session?.sent(event) ?? [];
      case "acknowledged":
        if (session?.answer === event.answer) session.acknowledged(event.lane, event.send);
        return [];
      case "requested":
        return session?.answer === event.list.answer
          ? this.requested.take(event.list, event.now, this.settings.limits)
          : [];
      case "found":
        return this.onFound(event);
      case "paced":
        // The session reads the same limits.
        Object.assign(this.settings.limits, event.pace);
        return [];
      default:
        return [...this.learn(event), ...this.disputes.moves(this.owed.running)];
    }
  }

  /** What the journal has committed. */
  private learn(event: JournalEvent): SenderEffect[] {
    const session = this.talk?.session;
    switch (event.type) {
      case "appended": {
        const { stream, seq, dictionary, foundation } = event;
        this.owed.append({ epoch: this.owed.running, stream, first: seq, last: seq, dictionary, foundation });
        return [];
      }
      case "dictionary":
        this.owed.addDictionary(event.dictionary);
        session?.written(event.dictionary.hash);
        return [];
      case "freed":
        for (const range of minus(event.ranges, event.stays ?? [])) this.owed.remove(event.epoch, event.stream, range);
        session?.claims.settle(event.epoch, event.stream, event.ranges, "proven");
        this.disputes.agreed(event.epoch, event.stream);
        return [];
      case "differs": {
        session?.claims.settle(event.epoch, event.stream, event.ranges, "differs");
        // Until it is settled every hello names the epoch, also that of a later run.
        if (!event.undivided) this.owed.epochOf(event.epoch).told = null;
        const isFound = this.disputes.differs(event, this.owed);
        if (this.disputes.isOpen) this.askAgain(event.now);
        return isFound && event.epoch === this.owed.running ? this.renew("content differs") : [];
      }
      case "moved":
        for (const range of event.ranges) this.owed.gone(event.epoch, event.stream, range);
        if (event.to !== null) this.owed.adopt(event.to);
        for (const dictionary of event.dictionaries) this.owed.addDictionary(dictionary);
        for (const run of event.runs) this.owed.add(run);
        this.askAgain(event.now);
        return [];
      case "unfreed":
        for (const dictionary of event.dictionaries) this.owed.addDictionary(dictionary);
        for (const run of event.runs) {
          this.owed.add(run);
          session?.claims.forget(run.epoch, run.stream, [run]);
        }
        this.requested.unfreed(this.owed);
        return [];
      case "gone":
        session?.gone(event);
        this.owed.gone(event.epoch, event.stream, event.range);
        return [];
      case "thinned":
        this.owed.thin(event.epoch, event.range);
        session?.claims.thinned(event.epoch, event.range);
        return [];
      case "renewed":
        this.owed.begin(event.epoch);
        this.renewing = false;
        if (this.talk !== null) this.talk.helloAt = event.now;
        return [];
    }
  }

  // --- hello and answer

  private sayHello({ now, at, nonce }: { now: number; at: EpochMs; nonce: Id }): SenderEffect[] {
    if (this.talk === null) return [];
    const { limits, ...who } = this.settings;
    const { hello: before, pages: answers } = this.talk;
    const { retryMs, retryMaxMs } = limits;
    const { nameAll, disputes } = this;
    const { pages, named } = helloOf(this.owed, { ...who, nonce, at, nameAll, disputes, limits });
    const tries = before === null || before.answered ? 0 : before.tries + 1;
    this.talk.hello = { nonce, saidAt: now, tries, answered: false, named };
    if (nameAll) this.requested.saidAll();
    answers.clear();
    this.talk.helloAt = now + Math.min(retryMaxMs, retryMs * 2 ** Math.min(tries, 20));
    return [{ type: "hello", pages }];
  }

  /** Hello soon, unless one is on its way. */
  private askAgain(now: number): void {
    if (!this.talk?.hello?.answered) return;
    const soonest = Math.max(now, this.talk.hello.saidAt + this.settings.limits.retryMs);
    this.talk.helloAt = Math.min(this.talk.helloAt, soonest);
  }

  private onAnswerPage(page: AnswerPage, now: number): SenderEffect[] {
    // Only the first answer to the newest hello.
    const hello = this.talk?.hello;
    if (this.talk === null || hello == null || hello.answered || page.nonce !== hello.nonce) return [];
    const pages = this.talk.pages.add(page.answer, page);
    if (pages === null) return [];
    hello.answered = true;
    this.requested.answered();
    return this.onAnswer(this.talk, wholeAnswer(pages), hello.named, hello.saidAt, now);
  }

  private onAnswer(talk: Talk, answer: Answer, named: Set<Id>, saidAt: number, now: number): SenderEffect[] {
    const { limits } = this.settings;
    const { incarnation, number, version } = answer;
    const isNew = this.note?.incarnation !== incarnation;
    const claims = talk.session === null || isNew ? new Claims() : talk.session.claims.since(saidAt);
    this.note = { incarnation, number };
    if (this.refused.version !== version || this.refused.incarnation !== incarnation)
      this.refused = { version, incarnation, frames: new FrameSet() };
    this.disputes.answered();
    const { owed, disputes, requested } = this;
    const books = { owed, refused: this.refused.frames, disputes, requested };
    talk.session = new Session(answer, claims, books, limits);
    const effects = lackedBy(answer, named, this.owed);
    for (const statement of answer.statements) effects.push(...this.believe(statement, now));
    const told = sumsIn(answer, named);
    for (const { epoch, sum } of told) this.owed.epochOf(epoch).told = sum;
    effects.push({ type: "note", note: this.note, told });
    // It may lack dictionaries of epochs that were not named: nothing goes before it knows all.
    this.nameAll = answer.nameAll || this.requested.compares === "hello";
    if (answer.nameAll) talk.session = null;
    talk.helloAt = this.nameAll ? now : now + limits.helloMs;
    return effects;
  }

  // --- statements and receipts

  private onReceipt(receipt: Receipt, now: number): SenderEffect[] {
    const session = this.talk?.session;
    if (session == null) return [];
    if (receipt.incarnation !== session.incarnation || receipt.answer === "") {
      this.askAgain(now);
      return [];
    }
    if (receipt.number <= session.number) return [];
    session.number = receipt.number;
    if (receipt.answer !== session.answer) return [];
    const effects = receipt.statements.flatMap((statement) => {
      const { epoch, stream, ranges } = statement;
      for (const said of ranges) if (said.state === "quarantined") this.refused.frames.add(epoch, stream, said);
      return this.believe(statement, now);
    });
    return [...effects, ...session.processed(receipt.processed)];
  }

  private believe(statement: Statement, now: number): SenderEffect[] {
    const { epoch, stream, known } = statement;
    if (!this.owed.knows(epoch)) return [];
    const isAhead = epoch === this.owed.running && known > this.owed.epochOf(epoch).last[stream];
    const renewal = isAhead ? this.renew("a seq that was not given is known") : [];
    const effects = this.talk?.session?.believe(statement, now) ?? [];
    // What was stated of the epoch as a whole is behind.
    if (effects.length > 0) this.owed.epochOf(epoch).told = null;
    return [...renewal, ...effects];
  }

  // --- what the office asks for

  private onFound(event: Extract<SenderEvent, { type: "found" }>): SenderEffect[] {
    const { effects, compares } = this.requested.found(event, this.owed);
    if (!compares) return effects;
    // What its version refused before is offered once more, and it says anew what it holds of each epoch.
    for (const { epoch, ...range } of event.frames) this.refused.frames.remove(epoch, "telemetry", range);
    this.nameAll = true;
    this.askAgain(event.now);
    return effects;
  }

  private settleRequests(event: SenderEvent): SenderEffect[] {
    if (event.type === "unfreed" || !isOfStores(event)) this.requested.stored(this.owed, event.type !== "unfreed");
    return this.requested.settle(this.owed, this.refused.frames, this.settings.limits, event.now);
  }

  private renew(reason: Extract<SenderEffect, { type: "renew" }>["reason"]): SenderEffect[] {
    if (this.renewing) return [];
    this.renewing = true;
    return [{ type: "renew", reason }];
  }
}

type JournalEvent = Exclude<
  SenderEvent,
  {
    type:
      | "paced"
      | "connected"
      | "tick"
      | "disconnected"
      | "answer"
      | "receipt"
      | "sent"
      | "acknowledged"
      | "requested"
      | "found";
  }
>;

/** An answer and what comes of its effects are one: between them it is not known what is owed. */
function isOfStores({ type }: SenderEvent): boolean {
  return ["answer", "freed", "unfreed", "differs", "moved", "sent"].includes(type);
}

/** A sender over what the journal holds. */
export function openSender(
  settings: Omit<SenderSettings, "limits"> & { limits?: Partial<SenderLimits> },
  facts: SenderFacts,
): Sender {
  return new Sender({ ...settings, limits: { ...senderLimits, ...settings.limits } }, facts);
}
