import type { EpochMs } from "../../shared/domain/id.ts";
import { type Stream, streams } from "../../shared/wire/names.ts";
import { countOf, minus, rangesOf } from "../../shared/wire/ranges.ts";
import type { CloudStream } from "./cloud-side.ts";
import { owedBy } from "./compare.ts";
import type { EdgeStream } from "./frames.ts";

/** How far a stream is in the cloud. */
export interface CompleteReport {
  stream: Stream;
  /** Up to here every frame that closed is held, or known to be lost; frames without a time move it neither way. Null where that cannot be told. */
  completeTo: EpochMs | null;
  /** Frames that the edge still owes; without its journal, those that were told of and are held in no state. */
  underWay: number;
}

type Pair = [EdgeStream | undefined, CloudStream | undefined];

/** Both sides, stream by stream of each epoch; an edge without a journal is undefined throughout. */
export function completeOf(pairs: readonly Pair[]): CompleteReport[] {
  return streams.map((stream) => {
    const mine = pairs.filter(([edge, cloud]) => (edge ?? cloud)?.stream === stream).map(waitingOf);
    const underWay = mine.reduce((sum, { count }) => sum + count, 0);
    const waiting = mine.filter(({ count }) => count > 0);
    if (waiting.some(({ from }) => from === null)) return { stream, completeTo: null, underWay };
    const times = mine.flatMap(({ newest }) => newest ?? []);
    const end = times.length === 0 ? null : Math.max(...times);
    const from = waiting.flatMap((each) => each.from ?? []);
    return { stream, completeTo: from.length === 0 ? end : Math.min(...from), underWay };
  });
}

/** Frames under way, when the first of them closed at the latest, and when the newest that is there did; null where it is not known. */
function waitingOf([edge, cloud]: Pair): { count: number; from: EpochMs | null; newest: EpochMs | null } {
  const held = rangesOf(cloud?.held ?? []);
  const known = cloud === undefined || cloud.last === 0 ? [] : [{ first: 1, last: cloud.last }];
  const under = minus(edge === undefined ? known : owedBy(edge), held);
  const timed = cloud?.frames.filter(({ closedAt }) => closedAt !== null);
  const newest = timed?.at(-1)?.closedAt ?? null;
  const first = under[0]?.first;
  if (first === undefined) return { count: 0, from: null, newest };
  const own = edge?.frames.find(({ seq }) => seq === first);
  const before = timed?.findLast(({ seq }) => seq < first);
  return { count: countOf(under), from: own?.closedAt ?? before?.closedAt ?? null, newest };
}
