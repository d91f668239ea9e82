/**
 *   device ──poll──▶ readings ──quality──▶ latest ──▶ HMI
 *                                  │          └─────▶ alarms ──▶ events
 *                                  └─▶ tick ──▶ FRAME ──▶ JOURNAL ══lanes══▶ cloud
 *                                        ▲                   ▲                 │
 *                                      scores                └────receipt──────┘
 *
 * Three kinds of loop: one a connection fills the tick, one closes it every second, one talks to the cloud.
 * They meet in the journal only.
 */
import type { AlarmState } from "../shared/domain/alarm.ts";
import type { RigEvent } from "../shared/domain/event.ts";
import { Block, reasonCode } from "../shared/domain/reading.ts";
import type { DeviceConfig, RigConfig } from "../shared/domain/rig-config.ts";
import type { RigState } from "../shared/domain/rig-state.ts";
import { openDying } from "../shared/node/died.ts";
import { every, pause } from "../shared/node/every.ts";
import type { Log } from "../shared/node/log.ts";
import type { Alarms } from "./alarms/alarms.ts";
import { end } from "./alarms/life.ts";
import type { StorageFaults, StorageWatch } from "./alarms/storage.ts";
import { type Clock, STEP_MS } from "./clock.ts";
import type { RigDictionary } from "./dictionary.ts";
import type { Driver } from "./drivers/driver.ts";
import type { Latest } from "./hmi/latest.ts";
import type { History } from "./journal/history.ts";
import type { Journal } from "./journal/journal.ts";
import { openPolls, type PollCounts } from "./polls.ts";
import { beganAt, type RigStateWatch } from "./quality/rig-state.ts";
import type { Validation } from "./quality/validate.ts";
import { openRecorder } from "./recorder.ts";
import type { Scoring } from "./scoring/scoring.ts";
import { openStandstill } from "./standstill.ts";
import { moveTimes, openTick } from "./tick.ts";
import { framesOf } from "./tick-frames.ts";
import type { CloudLink } from "./uplink/link.ts";

/** A connection; its tags are numbered from `firstTag` in the dictionary. */
export interface Source {
  device: DeviceConfig;
  firstTag: number;
  driver: Driver;
}

export interface GatewayParts {
  config: RigConfig;
  sources: readonly Source[];
  dictionary: RigDictionary;
  validation: Validation;
  rigState: RigStateWatch;
  latest: Latest;
  alarms: Alarms;
  storage: StorageWatch;
  /** What is wrong with what the rig box keeps. */
  faults(): StorageFaults;
  /** Alarms that the last run left open and that this configuration does not know any more. */
  forgotten: readonly AlarmState[];
  scoring: Scoring | null;
  journal: Journal;
  history: Pick<History, "died">;
  /** The third loop: what is committed goes up in lanes, receipts free it. Decided in shared/wire, performed in uplink/. */
  cloud: CloudLink;
  clock: Clock;
  log: Log;
  /** Something that the screen shows and that is no reading has changed. */
  changed(): void;
}

export interface Gateway {
  /** Stores events at once; false if there was no room for them. */
  record(...events: RigEvent[]): Promise<boolean>;
  /** `rigStateSince` is null until a change of it was seen; `polls` has one entry a source. */
  state(): { rigState: RigState; rigStateSince: number | null; polls: readonly Readonly<PollCounts>[] };
  /** Ends the sources first, then commits what is in RAM. */
  stop(): Promise<void>;
  /** Rejects when a loop dies of a bug. */
  done: Promise<unknown>;
}

export function startGateway(parts: GatewayParts): Gateway {
  const { config, sources, dictionary, validation, latest, alarms, scoring, journal, cloud, clock, log } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const recorder = openRecorder(
    (events) => journal.append({ stream: "events", ...clock.now(), events }),
    () => journal.state().waitingBytes,
  );
  const { record } = recorder;
  const tick = openTick(dictionary.list.representations.map((as) => as === "text"));
  const standstill = openStandstill(config.tickMs);
  let rigState: RigState = "unknown";
  let rigStateSince: number | null = null;

  const polls = openPolls(sources.length);
  async function poll({ device, firstTag, driver }: Source, position: number): Promise<void> {
    const readings = new Block(device.tags.length);
    for await (const _ of every(device.pollMs, signal)) {
      readings.clear();
      const began = performance.now();
      await driver.read(readings, signal).catch((error) => {
        log.error({ device: device.name, err: error }, "driver fault: its tags read bad");
        allBad(readings, firstTag, device.tags.length, clock.now().receivedAt);
      });
      if (signal.aborted) break;
      const ms = performance.now() - began;
      accept(readings);
      polls.count(position, ms, readings, clock.now().receivedAt);
    }
    await driver.close();
  }

  /** Every reading goes this way, in this order; nothing here waits. */
  function accept(readings: Block): void {
    watchClock(readings);
    const { receivedAt: at, mono, clock: known } = clock.now();
    wake(mono);
    validation.validate(readings, rigState, at, known !== "unknown");
    const state = parts.rigState.observe(readings);
    if (state !== rigState) [rigState, rigStateSince] = [state, beganAt(rigState, state, at)];
    latest.show(readings); // the operator sees it now, not when the tick closes
    tell(alarms.judge(readings, rigState, { at, mono }));
    tick.add(readings);
  }

  /** All that a frame holds is by one clock: when that is set, what was read by its old time and is not yet stored gets the new one. */
  function watchClock(readings?: Block): void {
    const event = clock.watch();
    if (event === null) return;
    ifItFails(record(event));
    const { at, step } = event;
    if (Math.abs(step) <= STEP_MS) return;
    tick.moved(step);
    if (readings !== undefined) moveTimes(readings, step, (then) => Math.abs(then - (at - step)) < Math.abs(then - at));
  }

  function wake(mono: number): void {
    const stood = standstill.woke(mono);
    if (stood > 0) alarms.stoodStill(stood, mono);
  }

  const scores = new Block(16);
  /** Scores of earlier ticks go the way of all readings; never waited for. */
  function acceptScores(): void {
    scores.clear();
    scoring?.finished(scores);
    if (scores.length > 0) accept(scores);
  }

  function tell(changes: readonly AlarmState[]): void {
    if (changes.length === 0) return;
    ifItFails(record(...changes.map((state) => ({ type: "alarm" as const, state }))));
    parts.changed();
  }

  async function closeTicks(): Promise<void> {
    let told = false;
    ifItFails(
      tellDictionary().then((done) => {
        told = done;
      }),
    );
    const { receivedAt: at } = clock.now();
    tell(parts.forgotten.map((alarm) => end(alarm, at)));
    // Behind the polls, which begin together: an answer that comes as the tick closes would fall on either side by chance.
    await pause(config.tickMs / 4, signal);
    for await (const _ of every(config.tickMs, signal)) {
      sweep();
      if (told) closeTick();
    }
    // What came in since, before the journal ends.
    if (told) closeTick();
  }

  /** Frames refer to it, so none is stored before it; meanwhile the tick fills. False if the rig stops first. */
  async function tellDictionary(): Promise<boolean> {
    for (const events of dictionary.untold) {
      while (!(await record(...events))) {
        if (signal.aborted) return false;
        await pause(config.tickMs, signal);
      }
    }
    return true;
  }

  /** What no reading brings about: also while the disk takes nothing. */
  function sweep(): void {
    watchClock();
    const now = clock.now();
    wake(now.mono);
    const stood = standstill.ticked(now);
    if (stood !== null) ifItFails(record(stood));
    tell(alarms.sweep({ at: now.receivedAt, mono: now.mono }));
    tell(parts.storage.judge(parts.faults(), now.receivedAt));
    ifItFails(recorder.again());
  }

  function closeTick(): void {
    const now = clock.now();
    acceptScores();
    const { readings, lost } = tick.take();
    const time = { ...now, dictionary: dictionary.hash };
    const frames = framesOf(readings, dictionary.list, time).map((frame) =>
      journal.append({ stream: "telemetry", ...time, ...frame }),
    );
    const stored = Promise.all(frames).then((kept) => {
      if (kept.every(Boolean)) scoring?.offer(readings, now.receivedAt, rigState);
      tick.release(readings);
    });
    ifItFails(stored);
    if (lost > 0) ifItFails(record(overflow(lost, now.receivedAt - config.tickMs, now.receivedAt)));
  }

  const { died, fail } = openDying();
  function ifItFails(work: Promise<unknown>): void {
    work.catch(fail);
  }

  const polling = sources.map(poll);
  const ticking = closeTicks();

  return {
    record,
    state: () => ({ rigState, rigStateSince, polls: polls.counts() }),
    async stop() {
      stopping.abort();
      await Promise.all(polling);
      await ticking;
      await cloud.stop();
      await scoring?.close();
      await journal.close();
    },
    done: Promise.race([died, journal.died, parts.history.died, cloud.died, Promise.all([...polling, ticking])]),
  };
}

function allBad(into: Block, firstTag: number, tags: number, at: number): void {
  into.clear();
  const reason = reasonCode("driver fault");
  for (let i = 0; i < tags; i++) into.pushBad(firstTag + i, at, reason);
}

function overflow(count: number, from: number, to: number): RigEvent {
  return { type: "gap", stream: "telemetry", from, to, count, reason: "overflow in RAM" };
}
