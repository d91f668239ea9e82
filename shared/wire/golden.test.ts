import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { compress, decompress } from "../../test/support/arbitraries.ts";
import { RigEvent } from "../domain/event.ts";
import { Block, NO_VALUE, type Representation } from "../domain/reading.ts";
import { TagVersion } from "../domain/tag.ts";
import { type BatchHeader, decodeBatchHeader } from "./batch.ts";
import { decodeBatch, framesOf } from "./batch-decode.ts";
import { encodeBatch } from "./batch-encode.ts";
import { hashBytes, type TagList } from "./checksum.ts";
import { transpose } from "./columns.ts";
import { dictionaryHash, tagHash } from "./dictionary.ts";
import { decodeEvents, encodeEvents } from "./events.ts";
import { decodeEventsFrame, decodeFrame, encodeEventsFrame, encodeFrame, type TelemetryFrame } from "./frame.ts";
import { frameTimesOf } from "./frame-table.ts";
import { clockStates, lanes } from "./names.ts";
import { decodeSegment, encodeSegment } from "./segment.ts";
import { decodeSpan, encodeSpan } from "./span.ts";

/**
 * Bytes that are out in the world: each file in golden/ says what they are and what they mean, both ways. A change
 * that makes one of these tests fail is a new format, with a new number, beside the old one.
 */
const file = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));

const Hex = z.string().regex(/^([0-9a-f]{2})*$/);
const Checksum = z.object({ a: z.number(), b: z.number() });
/** A reading is a line: tag, at, status, reason, value (its 64 bits as hex, most significant first; or text in quotes; or none). */
const Reading = z.string().regex(/^\d+ -?\d+ \d+ \d+ ([0-9a-f]{16}|".*"|none)$/);
const Frame = z.object({
  receivedAt: z.number(),
  mono: z.number(),
  clock: z.enum(clockStates),
  checksum: Checksum,
  readings: z.array(Reading),
});
const Tags = z.array(z.object({ id: z.string(), representation: z.string() }));
const Batch = z.object({
  tags: Tags,
  header: z.object({
    rig: z.string(),
    key: z.string(),
    answer: z.string(),
    running: z.string(),
    lane: z.enum(lanes),
    send: z.number(),
    epoch: z.string(),
    firstSeq: z.number(),
  }),
  dictionary: z.string(),
  frames: z.array(Frame),
  signature: Hex,
  hex: Hex,
});

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function tagListOf(tags: z.infer<typeof Tags>): TagList {
  const representations: Representation[] = ["scaled", "long", "real", "double", "flag", "text"];
  const words = tags.flatMap(({ id }) => [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)]);
  return {
    ids: Uint32Array.from(words),
    representations: tags.map((tag) => representations.find((as) => as === tag.representation) ?? "double"),
  };
}

function blockOf(lines: string[]): Block {
  const block = new Block();
  for (const line of lines) {
    const [tag = 0, at = 0, status = 0, reason = 0] = line.split(" ", 4).map(Number);
    const value = line.split(" ").slice(4).join(" ");
    if (value === "none") block.push(tag, at, 0, status, reason);
    else if (value.startsWith('"')) block.pushText(tag, at, z.string().parse(JSON.parse(value)), status, reason);
    else {
      const [high, low] = [Number.parseInt(value.slice(0, 8), 16), Number.parseInt(value.slice(8), 16)];
      block.pushBits(tag, at, low, high, status, reason);
    }
  }
  return block;
}

function linesOf(block: Block, tags: TagList): string[] {
  const word = (i: number) => (block.words[i] ?? 0).toString(16).padStart(8, "0");
  return Array.from({ length: block.length }, (_, i) => {
    const [tag, status] = [block.tag[i] ?? 0, block.status[i] ?? 0];
    const isText = tags.representations[tag] === "text";
    const value = isText ? JSON.stringify(block.texts[block.value[i] ?? 0]) : word(2 * i + 1) + word(2 * i);
    return `${tag} ${block.at[i]} ${status} ${block.reason[i]} ${(status & NO_VALUE) !== 0 ? "none" : value}`;
  });
}

function batchOf(name: string) {
  const { tags, header, dictionary, frames, signature, hex } = Batch.parse(file(name));
  const list = tagListOf(tags);
  const telemetry: TelemetryFrame[] = frames.map((frame) => ({
    ...frame,
    dictionary,
    thinned: null,
    readings: blockOf(frame.readings),
  }));
  const whole: BatchHeader = {
    ...header,
    format: 2,
    stream: "telemetry",
    dictionary,
    count: frames.length,
    thinned: null,
    preview: false,
  };
  return { list, whole, dictionary, frames, telemetry, signature: bytesOf(signature), hex };
}

for (const name of ["batch", "batch-long"]) {
  const { list, whole, frames, telemetry, signature, hex } = batchOf(name);

  test(`the frames of golden/${name}.json make its bytes`, () => {
    const options = { compress: (bytes: Uint8Array) => bytes, sign: () => signature };
    const offered = { stream: "telemetry", frames: telemetry, representations: list.representations } as const;
    expect(hexOf(encodeBatch(whole, offered, options).bytes)).toBe(hex);
  });

  test(`the bytes of golden/${name}.json mean its frames`, () => {
    expect(decodeBatchHeader(bytesOf(hex)).header).toEqual(whole);
    const batch = decodeBatch(bytesOf(hex), list.representations.length, decompress);
    if (batch.stream !== "telemetry") throw new Error("not telemetry");
    const found = [...framesOf(batch, list)].map(({ receivedAt, mono, clock, checksum }) => ({
      receivedAt,
      mono,
      clock,
      checksum,
    }));
    expect(found).toEqual(frames.map(({ readings: _, ...head }) => head));
    let f = 0;
    for (const { readings } of framesOf(batch, list)) expect(linesOf(readings, list)).toEqual(frames[f++]?.readings);
  });
}

test("a compressed batch is read", () => {
  const { hex, json } = z.object({ hex: Hex, json: z.string() }).parse(file("batch-zstd"));
  const batch = decodeBatch(bytesOf(hex), 0, decompress);
  expect(batch.stream === "events" && batch.json.map((one) => new TextDecoder().decode(one))).toEqual([json]);
});

test("a frame's bytes and its readings are each other's", () => {
  const { list, dictionary, frames } = batchOf("batch");
  const { hex } = z.object({ hex: Hex }).parse(file("frame"));
  const [first] = frames;
  if (first === undefined) throw new Error("no frame");
  const { receivedAt, mono, clock } = first;
  expect(hexOf(encodeFrame(blockOf(first.readings), list, { receivedAt, mono, clock, dictionary }))).toBe(hex);
  const frame = decodeFrame(bytesOf(hex));
  expect(linesOf(frame.readings, list)).toEqual(first.readings);
  expect(frame).toMatchObject({ receivedAt, mono, clock, dictionary, thinned: null, checksum: first.checksum });
});

test("a frame of events and its events are each other's", () => {
  const { hex, events, checksum } = z
    .object({ hex: Hex, events: z.array(RigEvent), checksum: Checksum })
    .parse(file("frame-events"));
  const json = encodeEvents(events);
  expect(hexOf(encodeEventsFrame(json, { receivedAt: 5, mono: 6, clock: "unknown" }))).toBe(hex);
  const frame = decodeEventsFrame(bytesOf(hex));
  expect(frame.checksum).toEqual(checksum);
  expect(hashBytes(json)).toEqual(checksum);
  expect(decodeEvents(frame.json)).toEqual(events);
});

test("a span, its segments and the frames that they were are each other's", () => {
  const { list, dictionary, frames, telemetry } = batchOf("batch-long");
  const golden = z.object({ span: Hex, segments: z.array(Hex) }).parse(file("segment"));
  const columns = transpose(
    telemetry.map((frame) => frame.readings),
    list.representations,
  );
  const times = frameTimesOf(telemetry);
  const runs = [{ epoch: "4444444444444444", dictionary, firstSeq: 7, count: frames.length }];
  const { bytes, groups } = encodeSpan({ runs, times }, columns);
  expect(hexOf(bytes)).toBe(golden.span);
  const span = decodeSpan(bytesOf(golden.span));
  expect(span.table).toEqual({ runs, times });
  for (const [c, tag] of columns.tags.entries()) {
    const [start, end] = [columns.starts[c] ?? 0, columns.starts[c + 1] ?? 0];
    const column = { frame: columns.frame, readings: columns.readings, start, end };
    const representation = list.representations[tag] ?? "double";
    const options = { group: groups[c] ?? -1, slots: times.receivedAt, compress };
    expect(hexOf(encodeSegment({ ...column, representation }, options))).toBe(golden.segments[c]);
    const { readings } = decodeSegment(bytesOf(golden.segments[c] ?? ""), span, decompress);
    const expected = frames.flatMap((frame) => frame.readings.filter((reading) => reading.startsWith(`${tag} `)));
    readings.tag.fill(tag);
    expect(linesOf(readings, list)).toEqual(expected);
  }
});

test("a tag version and a dictionary have their hashes", () => {
  const { version, hash, dictionary } = z
    .object({
      version: TagVersion,
      hash: z.string(),
      dictionary: z.object({ tags: z.array(z.string()), hash: z.string() }),
    })
    .parse(file("dictionary"));
  expect(tagHash(version)).toBe(hash);
  expect(dictionaryHash(dictionary.tags)).toBe(dictionary.hash);
});
