import type { EpochMs, Id } from "../domain/id.ts";
import type { Statement } from "./held.ts";
import type { SeqRange, Stream } from "./names.ts";
import { pagesOf } from "./pages.ts";

/** What an answer says on each of its pages. */
export interface AnswerHead {
  rig: string;
  /** Which of the cloud's keys signs. */
  key: Id;
  /** Of the hello that this answers. */
  nonce: Id;
  /** Names this answer; every batch sent under it repeats it. */
  answer: Id;
  incarnation: Id;
  /** Rises by rig within an incarnation, receipts and answers counted together. */
  number: number;
  /** The cloud's clock. */
  at: EpochMs;
  /** Quarantined frames are offered again when it changes. */
  version: string;
  batchFormats: readonly number[];
  segmentFormats: readonly number[];
  /** No batch format in common: only hello may go. */
  upgradeNeeded: boolean;
  /** The chain's hash differs: the next hello is to name all epochs. */
  nameAll: boolean;
}

/** A range whose checksum the cloud wants halved in the next hello. */
export interface Ask extends SeqRange {
  epoch: Id;
  stream: Stream;
}

/** One page of an answer. What an answer does not state of an epoch that the hello named is lacking. */
export interface AnswerPage extends AnswerHead {
  /** From 0. */
  page: number;
  pages: number;
  statements: Statement[];
  asks: Ask[];
}

/** An answer of which all pages are in. */
export interface Answer extends AnswerHead {
  statements: Statement[];
  asks: Ask[];
}

/** Splits statements so that none has more than `limit` ranges, and these into pages of at most about `limit` ranges. */
export function answerPages(head: AnswerHead, statements: readonly Statement[], limit: number): AnswerPage[] {
  const parts = statements.flatMap((statement) => {
    const slices = pagesOf(statement.ranges, limit, () => 1);
    return slices.map((ranges) => ({ ...statement, ranges }));
  });
  const pages = pagesOf(parts, limit, (part) => 1 + part.ranges.length);
  return pages.map((page, i) => ({ ...head, page: i, pages: pages.length, statements: page, asks: [] }));
}
