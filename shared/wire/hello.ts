import type { EpochMs, Id } from "../domain/id.ts";
import { type Checksum, type SeqRange, type Stream, streams } from "./names.ts";
import { pagesOf } from "./pages.ts";

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

/** A range whose checksum disagreed, halved by the rig so that the cloud can tell which half differs. */
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
  /** Null while every hello names what the cloud was not told of. */
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

/** Splits epochs so that each entry has at most `limit` ranges, and these into pages of at most `limit` entries and ranges. */
export function helloPages(head: HelloHead, epochs: readonly HelloEpoch[], limit: number): HelloPage[] {
  const parts = epochs.flatMap((epoch) => partsOf(epoch, Math.max(1, limit - 1)));
  const pages = pagesOf(parts, limit, (part) => 1 + part.ranges.telemetry.length + part.ranges.events.length);
  return pages.map((page, i) => ({ ...head, page: i, pages: pages.length, epochs: page, halves: [] }));
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
