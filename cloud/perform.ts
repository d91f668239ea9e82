import type { Id } from "../shared/domain/id.ts";
import { newId } from "../shared/node/id.ts";
import type { Log } from "../shared/node/log.ts";
import { cutsOf } from "../shared/wire/lacking.ts";
import type { SeqRange } from "../shared/wire/names.ts";
import { holds } from "../shared/wire/ranges.ts";
import type { Receiver } from "../shared/wire/receiver.ts";
import type { ReceiverEffect } from "../shared/wire/receiver-io.ts";
import type { Answering } from "./answering.ts";
import type { Store } from "./archive/archive.ts";
import { placedToShow } from "./archive/placed.ts";
import { type Body, telemetryOf } from "./body.ts";
import type { Landed } from "./landed.ts";

/** Where effects are performed: of which message, in which transaction. */
export interface Place {
  rig: string;
  topic: string;
  bytes: Uint8Array;
  landedAt: number;
  receiver: Receiver;
  store: Store;
  /** What the rest of the cloud is told after the commit. */
  told: Landed[];
  /** Of a batch. */
  body?: Body;
}

type Effect<Type extends ReceiverEffect["type"]> = Extract<ReceiverEffect, { type: Type }>;
type Performers = { [Type in ReceiverEffect["type"]]: (effect: Effect<Type>, at: Place) => void };

/** Stores what the receiver decided, in the open transaction; answers and receipts wait in `out` for its commit. */
export function performing(
  out: Answering,
  clockTrue: () => boolean,
  log: Log,
): (effects: readonly ReceiverEffect[], at: Place) => void {
  const performers: Performers = {
    consult({ hello }, at) {
      const epochs = at.store.epochs(at.rig, cutsOf(hello));
      const now = performance.now();
      const time = { now, at: Date.now(), clockTrue: clockTrue() };
      perform(at.receiver.step({ type: "consulted", ...time, answer: newId(), hello, epochs }), at);
    },
    know: ({ epoch, predecessor, known }, { store, rig }) => store.know(rig, epoch, predecessor, known),
    running: ({ epoch, answer }, { store, rig }) => store.running(rig, epoch, answer),
    lost: ({ epoch, stream, held }, { store, rig }) => store.putMissing(rig, epoch, stream, held),
    beyond({ ranges, frames }, { rig, told }) {
      told.push({ type: "beyond", rig, ranges, frames });
      if (frames > 0)
        log.warn({ rig, ranges, frames }, "frames are lost in more ranges than are kept of a rig: these have no name");
    },
    land({ epoch, stream, ranges, held }, at) {
      at.store.putHeld(at.rig, epoch, stream, held);
      if (at.body?.kind === "telemetry") landTelemetry(at.body, ranges, at);
      if (at.body?.kind === "events") landEvents(at.body, epoch, ranges, at);
    },
    quarantine({ epoch, stream, ranges, problem, held }, { rig, store, topic, landedAt, bytes, told }) {
      store.putMissing(rig, epoch, stream, held);
      // Sent again, or held already: one copy is enough.
      if (ranges.length === 0) return;
      store.quarantine(rig, { topic, landedAt, problem, bytes }, { epoch, stream, ranges });
      store.count("quarantined batches");
      told.push({ type: "quarantine", rig, at: landedAt, text: `a batch of ${stream} cannot be read: ${problem}` });
    },
    show(_effect, { rig, store, landedAt, told, body }) {
      if (body?.kind !== "telemetry") return;
      const shifts = store.shifts(rig, epochOf(body), body.times);
      told.push(readingsOf(body, { rig, landedAt }, [], store.runningOf(rig), shifts));
    },
    drop({ reason }, { store, topic, landedAt, bytes }) {
      store.count(`dropped: ${reason}`);
      if (reason === "revoked key") store.aside({ topic, landedAt, problem: reason, bytes });
    },
    conflict: ({ range, stream }, at) =>
      notice(
        "conflict",
        `frames ${range.first} to ${range.last} of ${stream} came with another content than is held`,
        at,
      ),
    fork: ({ predecessor }, at) =>
      notice("fork", `two runs have one predecessor (${predecessor}): a disk was restored or cloned`, at),
    answer: ({ pages }) => out.answer(pages),
    receipt: ({ receipt }) => out.receipt(receipt),
  };

  function perform(effects: readonly ReceiverEffect[], at: Place): void {
    for (const effect of effects) performOne(performers, effect, at);
  }

  function landEvents(
    body: Extract<Body, { kind: "events" }>,
    epoch: Id,
    ranges: readonly SeqRange[],
    at: Place,
  ): void {
    const { rig, store, told, landedAt } = at;
    const frames = body.frames.filter(({ seq }) => holds(ranges, seq));
    store.landEvents(rig, { epoch, landedAt, frames });
    for (const event of frames.flatMap((frame) => frame.events)) {
      if (event.type !== "gap" || event.frames === undefined) continue;
      const { stream, frames: named } = event;
      const range = { first: named.firstSeq, last: named.lastSeq };
      const known = store.held(rig, named.epoch, stream, [range.first, range.last + 1]);
      const now = performance.now();
      perform(at.receiver.step({ type: "gap", now, epoch: named.epoch, stream, range, ...known }), at);
    }
    told.push({ type: "events", rig, epoch, current: store.runningOf(rig) === epoch, frames, landedAt });
  }

  function notice(type: "conflict" | "fork", text: string, { rig, store, landedAt, told }: Place): void {
    store.count(type);
    told.push({ type, rig, at: landedAt, text });
    log.warn({ rig }, text);
  }

  return perform;
}

/** Tells the compiler that an effect goes to the performer of its own type. */
function performOne<Type extends ReceiverEffect["type"]>(
  performers: Performers,
  effect: Effect<Type>,
  at: Place,
): void {
  const performer: (effect: Effect<Type>, at: Place) => void = performers[effect.type as Type];
  performer(effect, at);
}

function landTelemetry(body: Extract<Body, { kind: "telemetry" }>, ranges: readonly SeqRange[], at: Place): void {
  const { rig, store, bytes, landedAt, told } = at;
  store.landTelemetry(rig, telemetryOf(body, bytes, ranges, landedAt));
  store.count("readings", body.columns.readings.length);
  const shifts = store.shifts(rig, epochOf(body), body.times);
  told.push(readingsOf(body, at, ranges, store.runningOf(rig), shifts));
}

function epochOf({ header }: Extract<Body, { kind: "telemetry" }>): Id {
  return header.epoch === "" ? header.running : header.epoch;
}

/** What the consoles are told of a batch of telemetry, of which these ranges count. `shifts`: see `Store.shifts`. */
export function readingsOf(
  body: Extract<Body, { kind: "telemetry" }>,
  { rig, landedAt }: { rig: string; landedAt: number },
  ranges: readonly SeqRange[],
  running: Id | null,
  shifts: Float64Array | null,
): Landed {
  const { header, dictionary } = body;
  const { lane, preview, firstSeq } = header;
  const { frame } = body.columns;
  const readings = placedToShow(body.columns, shifts);
  const epoch = epochOf(body);
  return {
    type: "readings",
    rig,
    epoch,
    current: epoch === running,
    lane,
    preview,
    dictionary,
    firstSeq,
    ranges,
    receivedAt: body.times.receivedAt,
    frame,
    readings,
    count: readings.length,
    landedAt,
  };
}
