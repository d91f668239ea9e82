import type { EpochMs, Id } from "../domain/id.ts";
import { maxAskedTags } from "../domain/request.ts";
import type { Sign } from "./batch.ts";
import { type Reader, Writer } from "./bytes.ts";
import { readList, writeList } from "./parts.ts";
import { kinds, readSigned, withSignature } from "./signed.ts";

/** What the office asks a rig for, beside what goes by itself. */
export type Request = SpanRequest | TagsRequest;

interface RequestHead {
  request: Id;
  /** How long it is good for from when the list was made, ms; the rig counts by its monotonic clock. */
  leftMs: number;
  /** Bytes of batches and previews that may go for it while the link's policy would hold them back. */
  maxBytes: number;
  /** Of those, what the office has heard to be spent. */
  spentBytes: number;
  /** The office knows that the rig took it. */
  heard: boolean;
}

/** Frames that closed at the rig in this span, before all other backfill. Times are the rig's own, ms UTC. */
export interface SpanRequest extends RequestHead {
  what: "span";
  from: EpochMs;
  /** Included. */
  to: EpochMs;
  /** What the rig has as history and the office does not hold is offered again. */
  repair: boolean;
}

/** These tags with every tick, also where previews go instead of live. */
export interface TagsRequest extends RequestHead {
  what: "tags";
  tags: Id[];
}

/** All that a rig is asked for just now: what is not in it is not asked for any more. */
export interface RequestList {
  rig: string;
  /** Which of the cloud's keys signs. */
  key: Id;
  /** Of the answer under which it is told; under another the rig takes no notice of it. */
  answer: Id;
  /** Rises with each list under one answer. */
  number: number;
  requests: Request[];
}

/** Requests of one rig. */
export const maxRequests = 32;

const listFormat = 1;
const flags = { tags: 1, repair: 2, heard: 4 } as const;

/** A list as bytes, signed with the cloud's key. */
export function encodeRequests(list: RequestList, sign: Sign): Uint8Array {
  const to = new Writer(256);
  to.u8(kinds.requests);
  to.u8(listFormat);
  to.text(list.rig);
  to.id(list.key);
  to.id(list.answer);
  to.varint(list.number);
  writeList(to, list.requests, (request) => writeRequest(to, request));
  return withSignature(to, sign);
}

/** A list of bytes; its signature is not looked at (`verifySigned`). Throws WireError. */
export function decodeRequests(bytes: Uint8Array): RequestList {
  const from = readSigned(bytes, "requests", listFormat);
  const rig = from.text("rig", 50);
  const [key, answer] = [from.id("key"), from.id("answer")];
  const number = from.varint("number");
  const requests = readList(from, "requests", () => readRequest(from), maxRequests);
  from.end();
  return { rig, key, answer, number, requests };
}

function writeRequest(to: Writer, request: Request): void {
  const kind = request.what === "tags" ? flags.tags : request.repair ? flags.repair : 0;
  to.id(request.request);
  to.u8(kind | (request.heard ? flags.heard : 0));
  for (const number of [request.leftMs, request.maxBytes, request.spentBytes]) to.varint(number);
  if (request.what === "tags") writeList(to, request.tags, (tag) => to.id(tag));
  else for (const at of [request.from, request.to]) to.varint(at);
}

function readRequest(from: Reader): Request {
  const request = from.id("request");
  const bits = from.u8("flags");
  if (bits > 7 || (bits & 3) === 3) throw from.fail("flags", `are ${bits}`);
  const [leftMs, maxBytes, spentBytes] = [from.varint("time left"), from.varint("bytes"), from.varint("bytes spent")];
  const head = { request, leftMs, maxBytes, spentBytes, heard: (bits & flags.heard) !== 0 };
  if ((bits & flags.tags) !== 0)
    return { ...head, what: "tags", tags: readList(from, "tags", () => from.id("tag"), maxAskedTags) };
  const [begin, end] = [from.varint("begin"), from.varint("end")];
  if (end < begin) throw from.fail("end", `${end} is before the begin, ${begin}`);
  return { ...head, what: "span", from: begin, to: end, repair: (bits & flags.repair) !== 0 };
}
