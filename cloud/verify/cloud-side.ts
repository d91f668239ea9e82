import type { GapEvent } from "../../shared/domain/event.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import { AT_SOURCE, BAD, QUALITY_MASK, rawNumber } from "../../shared/domain/reading.ts";
import { engineering, representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import { thinBound } from "../../shared/domain/thinning.ts";
import { addReadings, hashBytes } from "../../shared/wire/checksum.ts";
import { tagListOf } from "../../shared/wire/dictionary.ts";
import type { HeldRange } from "../../shared/wire/held.ts";
import { viewOf } from "../archive/block-view.ts";
import { type Contents, openContents } from "../archive/contents.ts";
import { isUnknown } from "../archive/dating.ts";
import type { Piece, Source } from "../archive/merge.ts";
import { digestOf, type FrameContent, frameContent, type SideFrame, type SideStream } from "./frames.ts";
import type { TickReading } from "./ticks.ts";

/** One stream of one epoch as the archive has it, and what it says of itself. */
export interface CloudStream extends SideStream {
  held: readonly HeldRange[];
}

export interface CloudSide {
  rig: RigId;
  streams: CloudStream[];
  gaps: GapEvent[];
  /** Readings of the tick counters and their proofs. */
  ticks: TickReading[];
}

export type EachSource = (rig: RigId, source: Source, versionOf: (no: number) => TagVersion) => void;

/** An archive as it is at the moment at which it is opened; for reading only. */
export interface OpenCloud {
  /** Everything that it holds of each of its rigs. `each` gets to see every source with the rig that it is of. */
  read(each: EachSource): CloudSide[];
  close(): void;
}

export function openCloud(path: string): OpenCloud {
  const contents = openContents(path);
  // The first read fixes the moment.
  const rigs = contents.rigs();
  return {
    read: (each) => rigs.map((rig) => readRig(contents, rig, each)),
    close: () => contents.close(),
  };
}

function readRig(contents: Contents, rig: RigId, each: EachSource): CloudSide {
  const frames = new Map<string, SideFrame[]>();
  const put = (epoch: Id, stream: string, frame: SideFrame) => {
    const key = `${epoch}/${stream}`;
    const list = frames.get(key) ?? [];
    list.push(frame);
    frames.set(key, list);
  };
  const ticks: TickReading[] = [];
  for (const source of contents.telemetry(rig)) {
    for (const [epoch, frame] of framesOf(source, contents)) put(epoch, "telemetry", frame);
    ticks.push(...ticksOf(source, contents));
    each(rig, source, contents.version);
  }
  for (const { epoch, seq, received, closedAt, mono, body } of contents.events(rig)) {
    put(epoch, "events", {
      seq,
      receivedAt: received,
      closedAt,
      mono,
      digest: digestOf(body),
      checksum: hashBytes(body),
      thinned: null,
    });
  }
  const streams = contents.held(rig).map(({ epoch, stream, known, ranges }): CloudStream => {
    const list = frames.get(`${epoch}/${stream}`) ?? [];
    return { epoch, stream, last: known, held: ranges, frames: list.sort((one, other) => one.seq - other.seq) };
  });
  return { rig, streams, gaps: contents.gaps(rig), ticks };
}

/** Pieces by the ids of their tags: the order of a digest. */
function byTag(source: Source, contents: Contents): { version: TagVersion; piece: Piece }[] {
  const pieces = [...source.pieces].map(([no, piece]) => ({ version: contents.version(no), piece }));
  return pieces.sort((one, other) => (one.version.id < other.version.id ? -1 : 1));
}

function framesOf(source: Source, contents: Contents): [Id, SideFrame][] {
  const count = source.frames.length;
  const content: FrameContent[] = source.frames.map(frameContent);
  const sums = new Uint32Array(2 * count);
  for (const { version, piece } of byTag(source, contents)) {
    const { frame, readings, start, end } = piece;
    const isText = representationOf(version.kind) === "text";
    for (let i = start; i < end; i++) content[frame[i] ?? 0]?.add(version.id, readings, i, isText);
    const view = viewOf(readings, start, end);
    // The list has one tag, whatever position the batch's dictionary gave it.
    view.tag = new Uint32Array(view.length);
    addReadings(sums, view, tagListOf([version]), 0, view.length, frame.subarray(start, end));
  }
  return source.frames.flatMap((entry, f): [Id, SideFrame][] => {
    if (entry === null) return [];
    const { epoch, seq, receivedAt, mono, shift } = entry;
    const closedAt = Number.isNaN(shift) ? null : receivedAt + shift;
    const checksum = entry.thinned?.checksum ?? { a: sums[2 * f] ?? 0, b: sums[2 * f + 1] ?? 0 };
    const thinned = entry.thinned?.bound ?? null;
    return [[epoch, { seq, receivedAt, closedAt, mono, checksum, thinned, digest: content[f]?.digest() ?? "" }]];
  });
}

function ticksOf(source: Source, contents: Contents): TickReading[] {
  const found: TickReading[] = [];
  for (const { version, piece } of byTag(source, contents)) {
    const [, device, name] = /^(.*\.)?(tick|tick_proof)$/.exec(version.name) ?? [];
    if (name === undefined) continue;
    const as = representationOf(version.kind);
    for (let i = piece.start; i < piece.end; i++) {
      const entry = source.frames[piece.frame[i] ?? 0];
      if (entry === null || entry === undefined) continue;
      const status = piece.readings.status[i] ?? BAD;
      const bad = (status & QUALITY_MASK) === BAD;
      const value = bad ? null : engineering(version.kind, rawNumber(piece.readings, i, as));
      const { epoch, seq, shift } = entry;
      const atSource = (status & AT_SOURCE) !== 0;
      const isOwn = atSource || !isUnknown(entry.clock);
      found.push({
        epoch,
        seq,
        device: device ?? "",
        isProof: name === "tick_proof",
        at: (piece.readings.at[i] ?? 0) + (isOwn || Number.isNaN(shift) ? 0 : shift),
        atSource,
        timing: isOwn ? "own" : Number.isNaN(shift) ? "not known" : "dated afterwards",
        value,
        bound: entry.thinned === null ? null : thinBound(version, entry.thinned.bound),
      });
    }
  }
  return found;
}
