import type { Block } from "../../../shared/domain/reading.ts";
import { type Reason, reasonCode } from "../../../shared/domain/reading.ts";
import type { ModbusDevice } from "../../../shared/domain/rig-config.ts";
import { openTurns } from "../../../shared/node/in-turn.ts";
import type { Driver, DriverState } from "../driver.ts";
import { decode, type Field } from "./decode.ts";
import { openDial } from "./dial.ts";
import { DeviceException } from "./link.ts";
import { itemsOf, piecesOf, planOf, type RegisterSpan, unreadable } from "./plan.ts";
import { LinkFault } from "./port.ts";
import { probeAll } from "./probe.ts";
import { openUnit, type Unit } from "./units.ts";

/** One request of the plan, with what its answer is taken apart into. */
interface Job {
  span: RegisterSpan;
  fields: Field[];
  /** It failed last time, so it is asked after all others. */
  failed: boolean;
  /** The device said last time that it has no such address. */
  unknown: boolean;
  /** What is asked in its place, since the device refuses it as a whole. */
  pieces: Job[];
}

/** One call of `read`. Times are monotonic, ms. */
interface Round {
  into: Block;
  signal: AbortSignal;
  began: number;
  /** How long was waited in vain; past the poll's interval nothing more is asked. */
  silentMs: number;
  /** The fault whose waiting was counted last: requests that waited side by side waited once. */
  counted: LinkFault | null;
  /** Refused requests that may still be taken apart. */
  splits: number;
}

/** Faults that took a whole time-out. */
const silent: readonly Reason[] = ["no answer in time", "foreign answer"];
const illegalAddress = 2;
/** Enough to find some wrong addresses at once, and few beside a plan that a restarting PLC refuses whole. */
const mostSplits = 64;
/** A gateway says so of a unit behind it that gives no answer. */
const unitSilent = [10, 11];

/**
 * Reads a Modbus TCP device by planned blocks. A fault ends the connection, and the readings of that request are bad; the others go on over a new one.
 * Waiting in vain takes at most one poll interval and one time-out in a call; a unit that is silent is set aside and asked again after a back-off.
 */
export function modbusDriver(device: ModbusDevice, firstTag: number): Driver {
  const items = itemsOf(device);
  const never = unreadable(items, device);
  const units = new Map<number, Unit>(items.map((item) => [item.unit, openUnit()]));
  const dial = openDial(device);
  const state: DriverState = { connected: false, requests: 0, failures: 0, lastMs: null };
  let jobs = planOf(items, device).map(jobOf);
  let replan = false;
  let closed = false;
  /** A poll, or one question of a probe, at a time: most devices take no more. */
  const alone = openTurns();

  function jobOf(span: RegisterSpan): Job {
    const bits = span.table === "coil" || span.table === "discrete";
    const fields = span.items.flatMap((item): Field[] => {
      const register = device.tags[item.tag]?.register;
      if (register === undefined) return [];
      const at = (item.from - span.from) * (bits ? 1 : 2);
      return [
        { tag: firstTag + item.tag, at, type: register.type, order: register.order, words: register.words, bits },
      ];
    });
    return { span, fields, failed: false, unknown: false, pieces: [] };
  }

  async function poll(into: Block, signal: AbortSignal): Promise<void> {
    const round: Round = { into, signal, began: performance.now(), silentMs: 0, counted: null, splits: mostSplits };
    const stop = () => dial.drop(new LinkFault("not polled", "stopped"));
    signal.addEventListener("abort", stop, { once: true });
    try {
      dial.begin(units.size + 1);
      for (const item of never) into.pushBad(firstTag + item.tag, Date.now(), reasonCode("not polled"));
      const again = (await Promise.all(lanes(round, inOrder()))).flat();
      // Alone, so that each request answers for itself and not for those that shared its connection.
      for (let job = again.shift(); job !== undefined; job = again.shift()) again.push(...(await once(job, round)));
      jobs = replan ? planOf(items, device).map(jobOf) : jobs.flatMap(leaves);
      replan = false;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  function inOrder(): Job[] {
    return [...jobs.filter((job) => !job.failed), ...jobs.filter((job) => job.failed)];
  }

  /** As many loops as requests may be under way; each gives back what is to be tried again, alone. */
  function lanes(round: Round, todo: Job[]): Promise<Job[]>[] {
    let next = 0;
    const lane = async () => {
      const again: Job[] = [];
      for (let job = todo[next++]; job !== undefined; job = todo[next++]) {
        again.push(...(await once(job, round, device.inFlight > 1)));
      }
      return again;
    };
    return Array.from({ length: Math.min(device.inFlight, todo.length) }, lane);
  }

  /** Asks for one job and appends its readings, good or bad; or gives back what is to be tried in its place: itself when it failed beside others, its pieces when it was refused. */
  async function once(job: Job, round: Round, beside = false): Promise<Job[]> {
    const unit = unitOf(job.span.unit);
    if (closed || round.signal.aborted || round.silentMs >= Math.max(device.pollMs, device.timeoutMs)) {
      return bad(job, round, reasonCode("not polled"));
    }
    if (unit.aside(performance.now())) return bad(job, round, unit.reason);
    const asked = performance.now();
    const link = await dial.link().catch(faultOnly);
    if (link instanceof LinkFault) {
      round.silentMs += performance.now() - asked;
      return bad(job, round, reasonCode(link.reason));
    }
    const { span } = job;
    const sent = performance.now();
    state.requests++;
    const data = await link
      .read(span.unit, span.table, span.from, span.to - span.from, device.timeoutMs)
      .catch(expected);
    state.lastMs = performance.now() - sent;
    if (data instanceof Uint8Array) return good(job, round, unit, data);
    state.failures++;
    if (data instanceof DeviceException) return refused(job, round, unit, data);
    dial.drop(data);
    if (silent.includes(data.reason)) {
      if (round.counted !== data) round.silentMs += performance.now() - asked;
      round.counted = data;
      unit.silent(performance.now(), round.began, data.reason);
    }
    if (beside && !round.signal.aborted) return [job];
    return bad(job, round, reasonCode(data.reason));
  }

  function unitOf(id: number): Unit {
    const unit = units.get(id) ?? openUnit();
    units.set(id, unit);
    return unit;
  }

  function good(job: Job, round: Round, unit: Unit, data: Uint8Array): Job[] {
    const now = Date.now();
    unit.answered();
    dial.proven();
    replan ||= job.unknown;
    job.failed = false;
    job.unknown = false;
    decode(job.fields, data, now, round.into);
    return [];
  }

  function refused(job: Job, round: Round, unit: Unit, error: DeviceException): Job[] {
    if (unitSilent.includes(error.code)) unit.silent(performance.now(), round.began, "device exception", error.code);
    else unit.answered();
    if (error.code !== illegalAddress) return bad(job, round, reasonCode("device exception", error.code));
    job.unknown = true;
    if (round.splits-- > 0) job.pieces = piecesOf(job.span).map(jobOf);
    if (job.pieces.length > 0) return job.pieces;
    const reason: Reason = job.span.items.length === 1 ? "no such register or node" : "device exception";
    return bad(job, round, reasonCode(reason, error.code));
  }

  function bad(job: Job, round: Round, reason: number): Job[] {
    const now = Date.now();
    for (const field of job.fields) round.into.pushBad(field.tag, now, reason);
    job.failed = true;
    return [];
  }

  return {
    read: (into, signal) => alone(() => poll(into, signal)),
    probe: (signal) => probeAll(device, dial, alone, signal),
    state: () => ({ ...state, connected: dial.connected }),
    async close() {
      closed = true;
      dial.drop(new LinkFault("not polled", "closed"));
    },
  };
}

/** A job, or what was found to stand in its place. */
function leaves(job: Job): Job[] {
  return job.pieces.length === 0 ? [job] : job.pieces.flatMap(leaves);
}

function faultOnly(error: unknown): LinkFault {
  if (error instanceof LinkFault) return error;
  throw error;
}

function expected(error: unknown): LinkFault | DeviceException {
  if (error instanceof DeviceException) return error;
  return faultOnly(error);
}
