import type { EpochMs, Id } from "../domain/id.ts";
import type { Answer, AnswerPage } from "./answer.ts";
import { Claims } from "./claims.ts";
import { FrameSet } from "./frame-set.ts";
import { isWhole, type Statement } from "./held.ts";
import { type HelloEpoch, helloPages } from "./hello.ts";
import { InFlight } from "./inflight.ts";
import { nextChoice } from "./lanes.ts";
import { batchFormats, type Lane, lanes, type SeqRange, type Stream, segmentFormats, streams } from "./names.ts";
import { Owed } from "./owed.ts";
import { Pages } from "./pages.ts";
import { intersection, minus, rangesOf } from "./ranges.ts";
import type { Receipt } from "./receipt.ts";
import type { Note, SenderFacts } from "./sender-facts.ts";
import { type SenderEffect, type SenderEvent, type SenderLimits, type SendOrder, senderLimits } from "./sender-io.ts";

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
  /** What is under way under the answer that was taken; null before it. */
  session: Session | null;
}

interface Session {
  answer: Id;
  incarnation: Id;
  /** Of the last answer or receipt that was taken. */
  number: number;
  inFlight: InFlight;
  claims: Claims;
  skipped: FrameSet;
  /** The encoder has it and has not said what it came to. */
  encoding: SendOrder | null;
  /** No format in common: only hello goes. */
  mute: boolean;
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
  /** The first hello of a process, and the one after a new incarnation, names every epoch on the disk. */
  private nameAll = true;
  private renewing = false;
  /** Quarantined by this version of the cloud, as receipts told: offered again when the version changes. */
  private refused = { version: "", incarnation: "", frames: new FrameSet() };
  private readonly settings: SenderSettings;

  constructor(settings: SenderSettings, facts: SenderFacts) {
    this.settings = settings;
    this.owed = new Owed(facts);
    this.note = facts.note;
  }

  /** Takes one event; the effects are to be performed in their order, stores first committed. */
  step(event: SenderEvent): SenderEffect[] {
    const effects: SenderEffect[] = [];
    this.take(event, effects);
    this.sendNext(event.now, effects);
    return effects;
  }

  /** When a `tick` is due, monotonic ms; Infinity while only another event can change anything. */
  nextWake(): number {
    if (this.talk === null) return Number.POSITIVE_INFINITY;
    return Math.min(this.talk.helloAt, ...lanes.map((lane) => this.probeAt(lane)));
  }

  private take(event: SenderEvent, effects: SenderEffect[]): void {
    switch (event.type) {
      case "connected":
        this.talk = { hello: null, helloAt: event.now, pages: new Pages(), session: null };
        this.sayHello(event, effects);
        break;
      case "disconnected":
        this.talk = null;
        break;
      case "appended":
        this.append(event);
        break;
      case "dictionary":
        this.owed.addDictionary(event.dictionary);
        break;
      case "sent":
        this.onSent(event);
        break;
      case "acknowledged":
        if (this.talk?.session?.answer === event.answer) this.talk.session.inFlight.acknowledge(event.lane, event.send);
        break;
      case "answer":
        this.onAnswerPage(event.page, event.now, effects);
        break;
      case "receipt":
        this.onReceipt(event.receipt, event.now, effects);
        break;
      case "freed":
        for (const range of event.ranges) this.owed.remove(event.epoch, event.stream, range);
        this.talk?.session?.claims.settle(event.epoch, event.stream, event.ranges, "proven");
        break;
      case "differs":
        this.talk?.session?.claims.settle(event.epoch, event.stream, event.ranges, "differs");
        effects.push({ type: "conflict", epoch: event.epoch, stream: event.stream, ranges: event.ranges });
        if (event.epoch === this.owed.running) this.renew("content differs", effects);
        break;
      case "unfreed":
        for (const dictionary of event.dictionaries) this.owed.addDictionary(dictionary);
        for (const run of event.runs) {
          this.owed.add(run);
          this.talk?.session?.claims.forget(run.epoch, run.stream, [run]);
        }
        break;
      case "gone":
        this.owed.gone(event.epoch, event.stream, event.range);
        break;
      case "renewed":
        this.owed.epochs.push(event.epoch);
        this.owed.running = event.epoch.epoch;
        this.renewing = false;
        if (this.talk !== null) this.talk.helloAt = event.now;
        break;
      case "tick":
        if (this.talk !== null && event.now >= this.talk.helloAt) this.sayHello(event, effects);
    }
  }

  private append(event: Extract<SenderEvent, { type: "appended" }>): void {
    const { stream, seq, dictionary, foundation } = event;
    this.owed.append({ epoch: this.owed.running, stream, first: seq, last: seq, dictionary, foundation });
  }

  // --- hello and answer

  private sayHello({ now, at, nonce }: { now: number; at: EpochMs; nonce: Id }, effects: SenderEffect[]): void {
    if (this.talk === null) return;
    const { rig, key, software, limits } = this.settings;
    const all = this.owed.epochs.filter((each) => each.last.telemetry + each.last.events > 0);
    const named = all.filter((each) => this.nameAll || each.epoch === this.owed.running || this.mustName(each.epoch));
    const before = this.talk.hello;
    const tries = before === null || before.answered ? 0 : before.tries + 1;
    this.talk.hello = {
      nonce,
      saidAt: now,
      tries,
      answered: false,
      named: new Set(named.map((each) => each.epoch)),
    };
    this.talk.pages.clear();
    this.talk.helloAt = now + Math.min(limits.retryMaxMs, limits.retryMs * 2 ** Math.min(tries, 20));
    const head = {
      rig,
      key,
      nonce,
      running: this.owed.running,
      at,
      software,
      batchFormats,
      segmentFormats,
      namesAll: named.length === all.length,
      chain: null,
    };
    const epochs = named.map((each) => this.helloEpoch(each.epoch));
    effects.push({ type: "hello", pages: helloPages(head, epochs, limits.pageEntries) });
  }

  private mustName(epoch: Id): boolean {
    return !this.owed.isClear(epoch) || this.owed.epochOf(epoch).told !== (this.note?.incarnation ?? "");
  }

  /** Ranges are cut where owed frames meet history, so that the answer's checksums can be compared over what is owed. */
  private helloEpoch(id: Id): HelloEpoch {
    const { epoch, predecessor, last, kept } = this.owed.epochOf(id);
    const cut = (stream: Stream): SeqRange[] => {
      const owed = this.owed.rangesOf(id, stream);
      return [...intersection(kept[stream], owed), ...minus(kept[stream], owed)].sort((x, y) => x.first - y.first);
    };
    return {
      epoch,
      predecessor,
      last: { ...last },
      ranges: { telemetry: cut("telemetry"), events: cut("events") },
    };
  }

  private onAnswerPage(page: AnswerPage, now: number, effects: SenderEffect[]): void {
    const hello = this.talk?.hello ?? null;
    // Only the first answer to the newest hello.
    if (this.talk === null || hello === null || hello.answered || page.nonce !== hello.nonce) return;
    const pages = this.talk.pages.add(page.answer, page);
    const [head] = pages ?? [];
    if (pages === null || head === undefined) return;
    this.onAnswer({ ...head, statements: pages.flatMap((each) => each.statements), asks: [] }, now, effects);
  }

  private onAnswer(answer: Answer, now: number, effects: SenderEffect[]): void {
    if (this.talk?.hello == null) return;
    const { hello, session } = this.talk;
    hello.answered = true;
    this.talk.helloAt = now + this.settings.limits.helloMs;
    const { incarnation, number, version } = answer;
    const isNew = this.note?.incarnation !== incarnation;
    this.note = { incarnation, number };
    if (this.refused.version !== version || this.refused.incarnation !== incarnation)
      this.refused = { version, incarnation, frames: new FrameSet() };
    const told = this.owed.epochs.filter((each) => hello.named.has(each.epoch));
    for (const each of told) each.told = incarnation;
    this.talk.session = {
      answer: answer.answer,
      incarnation,
      number,
      inFlight: new InFlight(),
      claims: session !== null && !isNew ? session.claims.since(hello.saidAt) : new Claims(),
      skipped: new FrameSet(),
      encoding: null,
      mute: answer.upgradeNeeded,
    };
    for (const epoch of hello.named) for (const stream of streams) this.unfreeLacking(answer, epoch, stream, effects);
    for (const statement of answer.statements) this.believe(statement, now, effects);
    effects.push({ type: "note", note: this.note, told: told.map((each) => each.epoch) });
    // What this incarnation was not told of may lack dictionaries: nothing goes before it knows all.
    const untold = this.owed.epochs.some(
      (each) => each.told !== incarnation && each.last.telemetry + each.last.events > 0,
    );
    if (answer.nameAll || untold) {
      this.nameAll = true;
      this.talk.session = null;
      this.talk.helloAt = now;
    } else this.nameAll = false;
  }

  /** What the disk has as history and the cloud does not hold is owed again. */
  private unfreeLacking(answer: Answer, epoch: Id, stream: Stream, effects: SenderEffect[]): void {
    const said = answer.statements.filter((each) => each.epoch === epoch && each.stream === stream);
    const held = said.flatMap((each) => each.ranges).filter((each) => isWhole(each.state));
    const history = minus(this.owed.epochOf(epoch).kept[stream], this.owed.rangesOf(epoch, stream));
    const ranges = minus(history, rangesOf(held));
    if (ranges.length > 0) effects.push({ type: "unfree", epoch, stream, ranges });
  }

  // --- statements and receipts

  private onReceipt(receipt: Receipt, now: number, effects: SenderEffect[]): void {
    if (this.talk?.session == null) return;
    const { session } = this.talk;
    if (receipt.incarnation !== session.incarnation || receipt.answer === "") {
      this.askAgain(now);
      return;
    }
    if (receipt.number <= session.number) return;
    session.number = receipt.number;
    if (receipt.answer !== session.answer) return;
    for (const statement of receipt.statements) {
      const { epoch, stream, ranges } = statement;
      for (const said of ranges) if (said.state === "quarantined") this.refused.frames.add(epoch, stream, said);
      this.believe(statement, now, effects);
    }
    session.inFlight.processed(receipt.processed);
  }

  /** Hello soon, unless one is on its way. */
  private askAgain(now: number): void {
    if (this.talk?.hello?.answered) this.talk.helloAt = Math.min(this.talk.helloAt, now);
  }

  private believe(statement: Statement, now: number, effects: SenderEffect[]): void {
    const session = this.talk?.session;
    const { epoch, stream, known, ranges } = statement;
    if (session == null || !this.owed.knows(epoch)) return;
    if (epoch === this.owed.running && known > this.owed.epochOf(epoch).last[stream])
      this.renew("a seq that was not given is known", effects);
    for (const said of ranges) {
      const claim = session.claims.whatIsNew(epoch, stream, said, this.owed.rangesOf(epoch, stream));
      if (claim === null) continue;
      claim.madeAt = now;
      session.claims.add(epoch, stream, claim);
      effects.push({ type: "free", epoch, stream, ranges: claim.ranges, checksum: claim.checksum });
    }
  }

  private renew(reason: Extract<SenderEffect, { type: "renew" }>["reason"], effects: SenderEffect[]): void {
    if (this.renewing) return;
    this.renewing = true;
    effects.push({ type: "renew", reason });
  }

  // --- sending

  private onSent(event: Extract<SenderEvent, { type: "sent" }>): void {
    const session = this.talk?.session;
    if (session == null || session.answer !== event.answer || session.encoding === null) return;
    const { epoch, stream, first, last, lane, send } = session.encoding;
    session.encoding = null;
    if (epoch === "")
      session.inFlight.add({ lane, send, bytes: event.bytes, acknowledged: false, frames: null }, event.now);
    else if (event.count === 0) session.skipped.add(epoch, stream, { first, last });
    else {
      const frames = { epoch, stream, range: { first, last: first + event.count - 1 } };
      session.inFlight.add({ lane, send, bytes: event.bytes, acknowledged: false, frames }, event.now);
    }
  }

  private sendNext(now: number, effects: SenderEffect[]): void {
    const session = this.talk?.session;
    if (session == null || !this.maySend(session)) return;
    const { inFlight, claims, skipped } = session;
    const { limits } = this.settings;
    const choice = nextChoice({ owed: this.owed, inFlight, claims, skipped, refused: this.refused.frames, limits });
    if (choice !== null) {
      const { lane, epoch, stream, dictionary, first, last } = choice;
      this.order(session, lane, { epoch, stream, dictionary, first, last }, effects);
      return;
    }
    // The cloud learns which epoch runs under this answer also where nothing is owed.
    const lane = inFlight.untouched ? "events" : lanes.find((each) => now >= this.probeAt(each));
    if (lane === undefined) return;
    const nothing = { epoch: "", stream: "events", dictionary: null, first: 0, last: 0 } as const;
    this.order(session, lane, nothing, effects);
  }

  private maySend(session: Session): boolean {
    return session.encoding === null && !session.mute && !this.renewing;
  }

  private order(
    session: Session,
    lane: Lane,
    frames: Pick<SendOrder, "epoch" | "stream" | "dictionary" | "first" | "last">,
    effects: SenderEffect[],
  ): void {
    const send = session.inFlight.number(lane);
    const { answer } = session;
    const maxBytes = this.settings.limits.batchBytes;
    session.encoding = { answer, running: this.owed.running, lane, send, ...frames, maxBytes };
    effects.push({ type: "send", order: session.encoding });
  }

  private probeAt(lane: Lane): number {
    const session = this.talk?.session;
    if (session == null || !this.maySend(session)) return Number.POSITIVE_INFINITY;
    return session.inFlight.probeAt(lane, this.settings.limits.probeMs, this.settings.limits.probeMaxMs);
  }
}

/** A sender over what the journal holds. */
export function openSender(
  settings: Omit<SenderSettings, "limits"> & { limits?: Partial<SenderLimits> },
  facts: SenderFacts,
): Sender {
  return new Sender({ ...settings, limits: { ...senderLimits, ...settings.limits } }, facts);
}
