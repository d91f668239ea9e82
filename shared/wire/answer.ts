import type { EpochMs, Id } from "../domain/id.ts";
import type { Sign } from "./batch.ts";
import { Writer } from "./bytes.ts";
import type { Statement } from "./held.ts";
import { readPageNumber } from "./hello.ts";
import type { SeqRange, Stream } from "./names.ts";
import { pagesOf } from "./pages.ts";
import {
  readList,
  readOneRange,
  readStatements,
  readStream,
  writeList,
  writeRanges,
  writeStatements,
  writeStream,
} from "./parts.ts";
import { kinds, readSigned, withSignature } from "./signed.ts";

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
  /** A time server keeps that clock true, or whoever runs the office says so: `at` may date frames. */
  clockTrue: boolean;
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

/** One answer of all its pages. */
export function wholeAnswer(pages: readonly AnswerPage[]): Answer {
  const [first] = pages;
  if (first === undefined) throw new Error("an answer has at least one page");
  const { page: _, pages: __, ...head } = first;
  return { ...head, statements: pages.flatMap((each) => each.statements), asks: pages.flatMap((each) => each.asks) };
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

const answerFormat = 1;

/** A page as bytes, signed with the cloud's key. */
export function encodeAnswer(page: AnswerPage, sign: Sign): Uint8Array {
  const to = new Writer(1024);
  to.u8(kinds.answer);
  to.u8(answerFormat);
  to.text(page.rig);
  for (const id of [page.key, page.nonce, page.answer, page.incarnation]) to.id(id);
  to.varint(page.number);
  to.varint(page.page);
  to.varint(page.pages);
  to.varint(page.at);
  to.text(page.version);
  writeList(to, page.batchFormats, (format) => to.u8(format));
  writeList(to, page.segmentFormats, (format) => to.u8(format));
  to.u8((page.upgradeNeeded ? 1 : 0) | (page.nameAll ? 2 : 0) | (page.clockTrue ? 4 : 0));
  writeStatements(to, page.statements);
  writeList(to, page.asks, (ask) => {
    to.id(ask.epoch);
    writeStream(to, ask.stream);
    writeRanges(to, [ask]);
  });
  return withSignature(to, sign);
}

/** A page of bytes; its signature is not looked at (`verifySigned`). Throws WireError. */
export function decodeAnswer(bytes: Uint8Array): AnswerPage {
  const from = readSigned(bytes, "answer", answerFormat);
  const rig = from.text("rig", 50);
  const [key, nonce] = [from.id("key"), from.id("nonce")];
  const [answer, incarnation] = [from.id("answer"), from.id("incarnation")];
  const number = from.varint("number");
  const { page, pages } = readPageNumber(from);
  const at = from.varint("time");
  const version = from.text("version", 100);
  const batchFormats = readList(from, "batch formats", () => from.u8("format"));
  const segmentFormats = readList(from, "segment formats", () => from.u8("format"));
  const bits = from.u8("flags");
  if (bits > 7) throw from.fail("flags", `are ${bits}`);
  const statements = readStatements(from);
  const asks = readList(from, "asks", (): Ask => {
    const epoch = from.id("epoch");
    const stream = readStream(from);
    return { epoch, stream, ...readOneRange(from) };
  });
  from.end();
  const flags = { upgradeNeeded: (bits & 1) !== 0, nameAll: (bits & 2) !== 0, clockTrue: (bits & 4) !== 0 };
  const head = { rig, key, nonce, answer, incarnation, number, at, version, batchFormats, segmentFormats };
  return { ...head, ...flags, page, pages, statements, asks };
}
