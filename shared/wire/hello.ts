import type { EpochMs, Id } from "../domain/id.ts";
import type { Sign } from "./batch.ts";
import { type Reader, Writer } from "./bytes.ts";
import { maxPages, maxSeq } from "./limits.ts";
import { type Checksum, type SeqRange, type Stream, streams } from "./names.ts";
import { pagesOf } from "./pages.ts";
import {
  readChecksum,
  readList,
  readOneRange,
  readRanges,
  readStream,
  writeChecksum,
  writeList,
  writeRanges,
  writeStream,
} from "./parts.ts";
import { kinds, readSigned, withSignature } from "./signed.ts";

/** Last seq of each stream of an epoch; 0 where it has no frame. */
export type LastSeqs = Record<Stream, number>;

/** The run before an epoch on its disk; null where there was none, "unknown" where the disk does not tell. */
export type Predecessor = { epoch: Id; last: LastSeqs } | "unknown" | null;

/** An epoch as the rig names it: its record, and the frames that the disk can still give. */
export interface HelloEpoch {
  epoch: Id;
  predecessor: Predecessor;
  last: LastSeqs;
  /** On the disk, owed or kept as history. */
  ranges: Record<Stream, SeqRange[]>;
}

/** A part of a range whose checksum disagreed, with what the rig has: the answer states it apart. */
export interface Half extends SeqRange {
  epoch: Id;
  stream: Stream;
  checksum: Checksum;
}

/** The epochs of a chain that are not named, as one hash over what the cloud last stated of them. */
export interface ChainHash {
  hash: Id;
  head: Id;
  oldest: Id;
}

/** What a hello says on each of its pages. */
export interface HelloHead {
  rig: string;
  /** Which of the rig's keys signs. */
  key: Id;
  /** Fresh in every hello, repeats too. */
  nonce: Id;
  /** The epoch that runs now. */
  running: Id;
  /** The rig's clock, for people; nothing is decided by it. */
  at: EpochMs;
  software: string;
  batchFormats: readonly number[];
  segmentFormats: readonly number[];
  /** Every epoch with a frame on this disk is named: what is known, not held and not named becomes lost. */
  namesAll: boolean;
  /** Null where every epoch with a frame on this disk is named. */
  chain: ChainHash | null;
}

/** One page of a hello. An epoch whose ranges don't fit one page goes on in the next. */
export interface HelloPage extends HelloHead {
  /** From 0. */
  page: number;
  pages: number;
  epochs: HelloEpoch[];
  halves: Half[];
}

/** A hello of which all pages are in. */
export interface Hello extends HelloHead {
  epochs: HelloEpoch[];
  halves: Half[];
}

/** About how many bytes of memory a page takes once it is decoded. */
export function helloWeight({ epochs, halves }: HelloPage): number {
  let ranges = 0;
  for (const epoch of epochs) ranges += epoch.ranges.telemetry.length + epoch.ranges.events.length;
  return 1_000 + 250 * epochs.length + 40 * ranges + 250 * halves.length;
}

/** Splits epochs so that each entry has at most `limit` ranges, and these and the halves into pages of at most `limit` entries and ranges. */
export function helloPages(
  head: HelloHead,
  epochs: readonly HelloEpoch[],
  halves: readonly Half[],
  limit: number,
): HelloPage[] {
  const parts = epochs.flatMap((epoch) => partsOf(epoch, Math.max(1, limit - 1)));
  const entries: (HelloEpoch | Half)[] = [...parts, ...halves];
  const pages = pagesOf(entries, limit, (entry) =>
    isHalf(entry) ? 1 : 1 + entry.ranges.telemetry.length + entry.ranges.events.length,
  );
  return pages.map((page, i) => ({
    ...head,
    page: i,
    pages: pages.length,
    epochs: page.filter((entry): entry is HelloEpoch => !isHalf(entry)),
    halves: page.filter(isHalf),
  }));
}

function isHalf(entry: HelloEpoch | Half): entry is Half {
  return "checksum" in entry;
}

function partsOf(epoch: HelloEpoch, limit: number): HelloEpoch[] {
  const all = streams.flatMap((stream) => epoch.ranges[stream].map((range) => ({ stream, range })));
  if (all.length <= limit) return [epoch];
  const parts: HelloEpoch[] = [];
  for (let at = 0; at < all.length; at += limit) {
    const ranges: HelloEpoch["ranges"] = { telemetry: [], events: [] };
    for (const { stream, range } of all.slice(at, at + limit)) ranges[stream].push(range);
    parts.push({ ...epoch, ranges });
  }
  return parts;
}

/** One hello of all its pages; parts of one epoch come together again. */
export function wholeHello(pages: readonly HelloPage[]): Hello {
  const [first] = pages;
  if (first === undefined) throw new Error("a hello has at least one page");
  const { page: _, pages: __, ...head } = first;
  const epochs = new Map<Id, HelloEpoch>();
  for (const part of pages.flatMap((page) => page.epochs)) {
    const ranges = epochs.get(part.epoch)?.ranges ?? { telemetry: [], events: [] };
    epochs.set(part.epoch, {
      ...part,
      ranges: {
        telemetry: [...ranges.telemetry, ...part.ranges.telemetry],
        events: [...ranges.events, ...part.ranges.events],
      },
    });
  }
  return { ...head, epochs: [...epochs.values()], halves: pages.flatMap((page) => page.halves) };
}

const helloFormat = 1;

const flags = { namesAll: 1, chain: 2 } as const;

/** A page as bytes, signed with the rig's key. */
export function encodeHello(page: HelloPage, sign: Sign): Uint8Array {
  const to = new Writer(1024);
  to.u8(kinds.hello);
  to.u8(helloFormat);
  to.text(page.rig);
  for (const id of [page.key, page.nonce, page.running]) to.id(id);
  to.varint(page.page);
  to.varint(page.pages);
  to.varint(page.at);
  to.text(page.software);
  writeList(to, page.batchFormats, (format) => to.u8(format));
  writeList(to, page.segmentFormats, (format) => to.u8(format));
  to.u8((page.namesAll ? flags.namesAll : 0) | (page.chain === null ? 0 : flags.chain));
  if (page.chain !== null) for (const id of [page.chain.hash, page.chain.head, page.chain.oldest]) to.id(id);
  writeList(to, page.epochs, (epoch) => writeEpoch(to, epoch));
  writeList(to, page.halves, (half) => {
    to.id(half.epoch);
    writeStream(to, half.stream);
    writeRanges(to, [half]);
    writeChecksum(to, half.checksum);
  });
  return withSignature(to, sign);
}

/** A page of bytes; its signature is not looked at (`verifySigned`). Throws WireError. */
export function decodeHello(bytes: Uint8Array): HelloPage {
  const from = readSigned(bytes, "hello", helloFormat);
  const rig = from.text("rig", 50);
  const [key, nonce, running] = [from.id("key"), from.id("nonce"), from.id("running epoch")];
  const { page, pages } = readPageNumber(from);
  const at = from.varint("time");
  const software = from.text("software", 100);
  const batchFormats = readList(from, "batch formats", () => from.u8("format"));
  const segmentFormats = readList(from, "segment formats", () => from.u8("format"));
  const bits = from.u8("flags");
  if (bits > 3) throw from.fail("flags", `are ${bits}`);
  const hasChain = (bits & flags.chain) !== 0;
  const chain = hasChain ? { hash: from.id("hash"), head: from.id("head"), oldest: from.id("oldest") } : null;
  const epochs = readList(from, "epochs", () => readEpoch(from));
  const halves = readList(from, "halves", () => readHalf(from));
  from.end();
  const head = { rig, key, nonce, running, at, software, batchFormats, segmentFormats };
  return { ...head, namesAll: (bits & flags.namesAll) !== 0, chain, page, pages, epochs, halves };
}

/** Number and count of pages. Throws WireError. */
export function readPageNumber(from: Reader): { page: number; pages: number } {
  const page = from.varint("page", maxPages - 1);
  const pages = from.varint("pages", maxPages);
  if (page >= pages) throw from.fail("page", `is ${page} of ${pages}`);
  return { page, pages };
}

function writeEpoch(to: Writer, { epoch, predecessor, last, ranges }: HelloEpoch): void {
  to.id(epoch);
  const hasOne = predecessor !== null && predecessor !== "unknown";
  to.u8(hasOne ? 2 : predecessor === null ? 0 : 1);
  if (hasOne) {
    to.id(predecessor.epoch);
    for (const stream of streams) to.varint(predecessor.last[stream]);
  }
  for (const stream of streams) to.varint(last[stream]);
  for (const stream of streams) writeRanges(to, ranges[stream]);
}

function readEpoch(from: Reader): HelloEpoch {
  const epoch = from.id("epoch");
  const predecessor = readPredecessor(from);
  const last = readLast(from);
  return { epoch, predecessor, last, ranges: { telemetry: readRanges(from), events: readRanges(from) } };
}

function readPredecessor(from: Reader): Predecessor {
  const code = from.u8("predecessor");
  if (code > 2) throw from.fail("predecessor", `is ${code}`);
  if (code < 2) return code === 0 ? null : "unknown";
  return { epoch: from.id("predecessor"), last: readLast(from) };
}

function readLast(from: Reader): LastSeqs {
  return { telemetry: from.varint("last seq", maxSeq), events: from.varint("last seq", maxSeq) };
}

function readHalf(from: Reader): Half {
  const epoch = from.id("epoch");
  const stream = readStream(from);
  return { epoch, stream, ...readOneRange(from), checksum: readChecksum(from) };
}
