import type { Id } from "../domain/id.ts";
import { FrameSet } from "./frame-set.ts";
import type { SeqRange } from "./names.ts";
import type { Owed } from "./owed.ts";
import { countOf, intersection, minus } from "./ranges.ts";
import type { Request, RequestList } from "./request.ts";
import type { RequestReport, SenderEffect, SenderEvent, SenderLimits } from "./sender-io.ts";

type Found = Extract<SenderEvent, { type: "found" }>;

/** A request as the rig has it. */
export interface Asked {
  request: Request;
  /** Monotonic ms. */
  endsAt: number;
  /** "sought": which frames they are is not known yet. "compared": what the office lacks of them is not known yet. Ended: "done" or "refused". */
  state: "sought" | "compared" | "taken" | "done" | "refused";
  why: RequestReport["why"];
  /** Of a span: telemetry that the disk had when it was looked for. */
  frames: FrameSet;
  /** How many of them were owed, at most. */
  owed: number;
  /** Bytes that went for it although the link's policy held such back, of earlier runs too as far as the office knows. */
  spent: number;
  /** Of these, what was reported. */
  told: number;
  /** When that was, monotonic ms. */
  toldAt: number;
}

/** What the link's policy says just now: the bytes of the next batch, whether backfill may go, and what may go for requests where it may not. */
type Policy = Pick<SenderLimits, "batchBytes" | "backfill" | "askedBytes" | "askedUntil">;

/** A report for each so many parts of the bytes: what a crash makes the rig forget is less than that. */
const PARTS = 8;
/** What the office has still not heard is said again under the same answer, but not sooner than this, ms: the report may be on its way. */
const SAY_AGAIN_MS = 30_000;

/** What the office asks for, and how far it is. A run of the daemon forgets it: the office tells it again with each answer to a hello. */
export class Requested {
  private asked = new Map<Id, Asked>();
  /** Bytes that went for requests although the link's policy held such back, in this run. */
  spentInAll = 0;
  private list: { answer: Id; number: number } | null = null;
  /** An answer to a hello that named all is awaited; or it came, and what is offered again is being stored. */
  compares: "hello" | "answer" | "stores" | null = null;

  /** As the office told them. */
  get all(): readonly Asked[] {
    return [...this.asked.values()];
  }

  get isIdle(): boolean {
    return this.asked.size === 0;
  }

  /** The office's whole list under this answer: what is new is looked for, what is missing is asked for no more, what the office has not heard or does not know to have ended is told again. */
  take(list: RequestList, now: number, { askedBytes }: Pick<Policy, "askedBytes">): SenderEffect[] {
    if (this.list?.answer === list.answer && list.number <= this.list.number) return [];
    const isAnotherAnswer = this.list?.answer !== list.answer;
    this.list = { answer: list.answer, number: list.number };
    const before = this.asked;
    this.asked = new Map();
    const effects: SenderEffect[] = [];
    const isKnown = ({ request }: Request) => before.has(request);
    let mayBeSpent = sumOf(list.requests.filter(isKnown).flatMap(({ request }) => before.get(request) ?? []));
    for (const request of list.requests) {
      const known = before.get(request.request);
      const asked = known ?? newlyAsked(request);
      Object.assign(asked, { request, endsAt: now + request.leftMs });
      this.asked.set(request.request, asked);
      if (known === undefined) {
        // One that an earlier run took was within the cap then.
        if (!request.heard && mayBeSpent + leftToSpend(asked) > askedBytes) {
          effects.push(...this.end(asked, "the rig is asked for more bytes at once than it allows", now));
          continue;
        }
        mayBeSpent += leftToSpend(asked);
      }
      if (asked.state === "sought" && request.what === "span") {
        effects.push({ type: "find", request: request.request, from: request.from, to: request.to });
      }
      const isUnheard = asked.state !== "sought" && (!request.heard || isEnded(asked));
      const isDue = isAnotherAnswer || now - asked.toldAt >= SAY_AGAIN_MS;
      if (known === undefined ? request.what === "tags" : isUnheard && isDue) effects.push(...reported(asked, now));
    }
    return effects;
  }

  /** Which frames a span is. True if the office is to say anew what it holds of them. */
  found({ request, frames, now }: Found, owed: Owed): { effects: SenderEffect[]; compares: boolean } {
    const asked = this.asked.get(request);
    if (asked === undefined || asked.state !== "sought") return { effects: [], compares: false };
    for (const { epoch, ...range } of frames) asked.frames.add(epoch, "telemetry", range);
    const isRepair = asked.request.what === "span" && asked.request.repair;
    if (frames.length === 0) return { effects: this.end(asked, "the rig has nothing of it", now), compares: false };
    asked.state = isRepair ? "compared" : "taken";
    asked.owed = owedOf(asked, owed);
    if (isRepair) this.compares = "hello";
    return { effects: reported(asked, now), compares: isRepair };
  }

  /** A hello that names every epoch goes out. */
  saidAll(): void {
    if (this.compares === "hello") this.compares = "answer";
  }

  /** The newest hello was answered; what it lacks is about to be stored as owed. */
  answered(): void {
    if (this.compares === "answer") this.compares = "stores";
  }

  /** Some of what is offered again is stored, or all of it. */
  stored(owed: Owed, all: boolean): void {
    if (this.compares !== "stores") return;
    for (const asked of this.asked.values()) {
      if (asked.state !== "compared") continue;
      asked.owed = Math.max(asked.owed, owedOf(asked, owed));
      if (all) asked.state = "taken";
    }
    if (all) this.compares = null;
  }

  /** The office lacks again what it had, as one that was put back does: what of it was asked for is not done. */
  unfreed(owed: Owed): void {
    for (const asked of this.asked.values()) {
      const count = asked.state === "done" ? owedOf(asked, owed) : 0;
      if (count === 0) continue;
      asked.state = "taken";
      asked.owed = Math.max(asked.owed, count);
    }
  }

  /** Spans to be sent first, as they were asked for. */
  spans(now: number): Asked[] {
    return this.all.filter((each) => each.request.what === "span" && each.state !== "sought" && isOpen(each, now));
  }

  /** Frames of an epoch that any of them names. */
  framesOf(epoch: Id): SeqRange[] {
    return this.all.flatMap(({ frames }) => [...frames.of(epoch, "telemetry")]);
  }

  /** The tags to be shown with every tick, and for whom; null where none are. */
  tags(now: number, policy: Policy): { tags: Id[]; requests: Id[] } | null {
    const open = this.all.filter(
      (each) => each.request.what === "tags" && isOpen(each, now) && this.mayGo(each, policy),
    );
    if (open.length === 0) return null;
    const tags = new Set(open.flatMap(({ request }) => (request.what === "tags" ? request.tags : [])));
    return { tags: [...tags], requests: open.map(({ request }) => request.request) };
  }

  /** So many bytes went for these that the link's policy held back. */
  spent(requests: readonly Id[], bytes: number, now: number): SenderEffect[] {
    // A preview for several of them is one.
    if (requests.length > 0) this.spentInAll += bytes;
    return requests.flatMap((request) => {
      const asked = this.asked.get(request);
      if (asked === undefined) return [];
      asked.spent += bytes;
      return asked.spent - asked.told >= asked.request.maxBytes / PARTS ? reported(asked, now) : [];
    });
  }

  /** Ends what has come to its end. */
  settle(owed: Owed, refused: FrameSet, policy: Policy, now: number): SenderEffect[] {
    if (this.compares === "stores") return [];
    const effects: SenderEffect[] = [];
    for (const asked of this.asked.values()) {
      if (asked.state !== "taken" || now >= asked.endsAt) continue;
      if (asked.request.what === "tags") {
        if (!hasRoom(asked, policy) || !policy.backfill) effects.push(...this.endSpent(asked, policy, now));
        continue;
      }
      const left = leftOf(asked, owed);
      const isOpen = left.some(({ epoch, range }) => minus([range], refused.of(epoch, "telemetry")).length > 0);
      if (!isOpen) effects.push(...this.end(asked, left.length > 0 ? "the office cannot read it" : null, now));
      else if (!policy.backfill) effects.push(...this.endSpent(asked, policy, now));
    }
    return effects;
  }

  /** Whether a batch more may go for it past what is held back. */
  mayGo(asked: Asked, policy: Policy): boolean {
    return hasRoom(asked, policy) && this.spentInAll + policy.batchBytes <= policy.askedUntil;
  }

  private endSpent(asked: Asked, policy: Policy, now: number): SenderEffect[] {
    if (this.mayGo(asked, policy)) return [];
    const isItsOwn = !hasRoom(asked, policy);
    const why = isItsOwn ? "its bytes are used up" : "the rig has sent all that it sends on request this month";
    return this.end(asked, why, now);
  }

  private end(asked: Asked, why: RequestReport["why"], now: number): SenderEffect[] {
    asked.state = why === null ? "done" : "refused";
    asked.why = why;
    return reported(asked, now);
  }
}

function newlyAsked(request: Request): Asked {
  const state = request.what === "span" ? "sought" : "taken";
  const spent = request.spentBytes;
  const toldAt = Number.NEGATIVE_INFINITY;
  return { request, endsAt: 0, state, why: null, frames: new FrameSet(), owed: 0, spent, told: spent, toldAt };
}

function reported(asked: Asked, now: number): SenderEffect[] {
  const { request, state, why, owed, spent } = asked;
  if (state === "sought") return [];
  asked.told = spent;
  asked.toldAt = now;
  const told = state === "done" || state === "refused" ? state : "taken";
  return [{ type: "report", report: { request: request.request, state: told, why, frames: owed, bytes: spent } }];
}

function isEnded({ state }: Asked): boolean {
  return state === "done" || state === "refused";
}

function isOpen(asked: Asked, now: number): boolean {
  return !isEnded(asked) && now < asked.endsAt;
}

/** Whether a batch more is within what the request allows. */
function hasRoom({ spent, request }: Asked, { batchBytes }: Policy): boolean {
  return spent + batchBytes <= request.maxBytes;
}

/** What it may still spend. */
function leftToSpend(asked: Asked): number {
  return isEnded(asked) ? 0 : Math.max(0, asked.request.maxBytes - asked.spent);
}

function sumOf(all: readonly Asked[]): number {
  return all.reduce((sum, asked) => sum + leftToSpend(asked), 0);
}

/** What of a span is still owed. */
function leftOf({ frames }: Asked, owed: Owed): { epoch: Id; range: SeqRange }[] {
  return owed
    .epochsOwing("telemetry")
    .flatMap((epoch) =>
      intersection(owed.rangesOf(epoch, "telemetry"), frames.of(epoch, "telemetry")).map((range) => ({ epoch, range })),
    );
}

/** How many frames of a span are still owed. */
export function owedOf(asked: Asked, owed: Owed): number {
  return countOf(leftOf(asked, owed).map(({ range }) => range));
}
