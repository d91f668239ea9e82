import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { Between } from "./excuses.ts";
import type { SideStream } from "./frames.ts";
import type { Served } from "./ledger.ts";
import type { TickReading } from "./ticks.ts";

/** When no edge ran: before the first run, between two, and after the last; and the seconds between. */
export interface DeadTimes {
  dead: Between[];
  seconds: number;
}

/**
 * A run is as long as both sides together know it: the edge may have deleted frames, the cloud may not have them yet. Its ends are told by
 * the ticks that it stored, where there are any, since the ledger has their true times; else by its frames, whose clock may have been wrong.
 */
export function deadTimes(
  streams: readonly SideStream[],
  ticks: readonly TickReading[],
  served: readonly Served[],
): DeadTimes {
  const runs = new Map<Id, Between>();
  for (const { epoch, stream, frames } of streams) {
    const [first, last] = [frames[0], frames.at(-1)];
    if (stream !== "telemetry" || first === undefined || last === undefined) continue;
    extend(runs, epoch, first.receivedAt);
    extend(runs, epoch, last.receivedAt);
  }
  for (const [epoch, run] of byTicks(ticks, served)) runs.set(epoch, run);
  const dead: Between[] = [];
  let seconds = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const { from, to } of [...runs.values()].sort((one, other) => one.from - other.from)) {
    if (from > end) {
      dead.push({ from: end, to: from });
      if (Number.isFinite(end)) seconds += (from - end) / 1_000;
    }
    end = Math.max(end, to);
  }
  return { dead: [...dead, { from: end, to: Number.POSITIVE_INFINITY }], seconds };
}

/** From the first to the last tick that each epoch stored, when they were served first and last. */
function byTicks(ticks: readonly TickReading[], served: readonly Served[]): Map<Id, Between> {
  const times = new Map<number, Between>();
  for (const { tick, at } of served) times.set(tick, { from: times.get(tick)?.from ?? at, to: at });
  const runs = new Map<Id, Between>();
  for (const { epoch, value, isProof, atSource } of ticks) {
    const time = isProof || atSource || value === null ? undefined : times.get(value);
    if (time === undefined) continue;
    extend(runs, epoch, time.from);
    extend(runs, epoch, time.to);
  }
  return runs;
}

function extend(runs: Map<Id, Between>, epoch: Id, at: EpochMs): void {
  const run = runs.get(epoch) ?? { from: at, to: at };
  runs.set(epoch, { from: Math.min(run.from, at), to: Math.max(run.to, at) });
}
