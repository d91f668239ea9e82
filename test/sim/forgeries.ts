import type { Id } from "../../shared/domain/id.ts";
import { encodeAnswer } from "../../shared/wire/answer.ts";
import type { BatchHeader } from "../../shared/wire/batch.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import type { Statement } from "../../shared/wire/held.ts";
import { encodeHello } from "../../shared/wire/hello.ts";
import { batchFormats, segmentFormats } from "../../shared/wire/names.ts";
import { encodeReceipt } from "../../shared/wire/receipt.ts";
import { checksumOf, type Frame } from "./frame.ts";
import { cloudKey, signerOf } from "./seal.ts";
import type { World } from "./world.ts";

/** Somebody on an open broker hears everything and sends what he likes, without a key that is live. */

/** Frames of his own making under a key that is not the rig's, or that was revoked. */
export function forgeBatch(world: World): void {
  const epoch = world.rig.epoch.epoch;
  const seq = world.rig.epoch.last.telemetry + 1;
  const dead = [...world.everKeys].find((key) => !world.liveKeys.has(key));
  const signedBy = dead ?? world.random.id();
  const made = { epoch, stream: "telemetry", dictionary: null } as const;
  const frame: Frame = { ...made, seq, content: -seq, foundation: false, odd: false };
  const header: BatchHeader = {
    ...made,
    format: 1,
    rig: "r1",
    key: signedBy,
    answer: world.random.id(),
    running: epoch,
    lane: "live",
    send: 1,
    firstSeq: seq,
    count: 1,
    thinned: null,
    preview: false,
  };
  world.cloud.receive({ kind: "batch", header, frames: [frame], signedBy });
}

/** A hello, an answer or a receipt: signed with a key of his own, which it names, or under a name whose key he has not. */
export function forge(world: World): void {
  const { random } = world;
  const own = [...world.everKeys].find((key) => !world.liveKeys.has(key)) ?? random.id();
  const named = (real: Id) => (random.chance(0.5) ? real : own);
  const kind = random.int(3);
  if (kind === 0) forgeHello(world, named(world.rigKey), own);
  else if (kind === 1) forgeAnswer(world, named(cloudKey), own);
  else forgeReceipt(world, named(cloudKey), own);
}

/** The rig is said to have made more than it did, and to have nothing of it. */
function forgeHello(world: World, key: Id, own: Id): void {
  const { epoch, last } = world.rig.epoch;
  const said = { epoch, predecessor: null, last: { telemetry: last.telemetry + 50, events: last.events + 3 } };
  const head = { rig: "r1", key, nonce: world.random.id(), running: epoch, at: world.wallClock(), software: "sim" };
  const page = { ...head, batchFormats, segmentFormats, namesAll: true, chain: null, page: 0, pages: 1, halves: [] };
  const epochs = [{ ...said, ranges: { telemetry: [], events: [] } }];
  world.cloud.receive({ kind: "hello", bytes: encodeHello({ ...page, epochs }, signerOf(own)) });
}

/** To the nonce that was heard: everything is said to be stored. */
function forgeAnswer(world: World, key: Id, own: Id): void {
  const { heard, cloud, random } = world;
  const head = { rig: "r1", key, nonce: heard.nonce, answer: random.id(), incarnation: cloud.incarnation };
  const rest = { number: 1_000_000, at: world.wallClock(), version: "1", batchFormats, segmentFormats };
  const flags = { upgradeNeeded: false, nameAll: false, clockTrue: false, page: 0, pages: 1, asks: [] };
  const page = { ...head, ...rest, ...flags, statements: everything(world) };
  world.rig.hear({ kind: "answer", bytes: encodeAnswer(page, signerOf(own)) });
}

/** Under the answer that batches were heard to name: everything is said to be stored. */
function forgeReceipt(world: World, key: Id, own: Id): void {
  const { heard, cloud } = world;
  const processed = { events: 1_000, live: 1_000, backfill: 1_000 };
  const head = { rig: "r1", key, incarnation: cloud.incarnation, number: 1_000_000, answer: heard.answer };
  const receipt = { ...head, processed, statements: everything(world) };
  world.rig.hear({ kind: "receipt", bytes: encodeReceipt(receipt, signerOf(own)) });
}

/** What the running epoch has, with the right checksum: who hears all batches can work it out. */
function everything({ rig }: World): Statement[] {
  const { epoch, last } = rig.epoch;
  if (last.telemetry === 0) return [];
  const range = { first: 1, last: last.telemetry };
  const frames = rig.journal.framesOf(epoch, "telemetry", [range]);
  const checksum = frames.map(checksumOf).reduce(addChecksums, noChecksum);
  const ranges = [{ ...range, state: "stored" as const, checksum }];
  return [{ epoch, stream: "telemetry", known: range.last, watermark: range.last, ranges }];
}

/** One of the last messages, either way, once more. */
export function replay(world: World): void {
  const message = world.random.pick(world.heard.messages);
  if (message === undefined) return;
  if (message.kind === "hello" || message.kind === "batch" || message.kind === "sealed") world.cloud.receive(message);
  else world.rig.hear(message);
}
