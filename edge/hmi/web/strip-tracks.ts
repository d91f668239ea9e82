import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { HmiTag, HmiTrack } from "../../../shared/domain/hmi.ts";
import { drillingStates, rigStates } from "../../../shared/domain/rig-state.ts";
import { marks } from "../../../shared/ui/alarms.ts";
import { clockText } from "../../../shared/ui/format.ts";
import { type Mark, type Pen, rangeOf, type Series, type StateSpan, type Track } from "../../../shared/ui/strip.ts";
import { displayOf, type System } from "../../../shared/ui/units.ts";
import { indexOf, tracks as wanted } from "./rows.ts";

const nothing: Series = { at: [], low: [], high: [], holes: [] };

/** The strip's tracks from history, in shown units. A pen whose tag the rig does not have is left out, and a track without pens too. */
export function tracksOf(
  tags: readonly HmiTag[],
  history: ReadonlyMap<string, HmiTrack>,
  system: System,
  few: boolean,
): { tracks: Track[]; tagsOf: HmiTag[][] } {
  const tracks: Track[] = [];
  const tagsOf: HmiTag[][] = [];
  for (const want of wanted.filter((_, i) => !few || i === 1 || i === 3)) {
    const found = want.pens.flatMap((name, i) => {
      const tag = tags[indexOf(tags, name)];
      return tag === undefined
        ? []
        : [{ tag, pen: penOf(tag, want.head[i] ?? tag.label, want.least[i] ?? 1, history.get(tag.id), system) }];
    });
    const [first, second] = found;
    if (first === undefined) continue;
    tracks.push({ pens: second === undefined ? [first.pen] : [first.pen, second.pen] });
    tagsOf.push(found.map(({ tag }) => tag));
  }
  return { tracks, tagsOf };
}

function penOf(tag: HmiTag, label: string, least: number, track: HmiTrack | undefined, system: System): Pen {
  const { unit, decimals, factor } = displayOf(tag.unit, system, tag.resolution);
  const scaled = (column: readonly (number | null)[]) =>
    column.map((value) => (value === null ? null : value * factor));
  const series: Series =
    track === undefined
      ? nothing
      : {
          at: track.at,
          low: scaled(track.low),
          high: scaled(track.high),
          holes: [...track.holes, ...silences(track, tag.intervalMs)],
        };
  const { normal = [], h, l } = tag.limits;
  const also = [...normal, ...[h, l].flatMap((limit) => limit?.at ?? [])].map((value) => value * factor);
  return { label, unit, decimals, series, range: rangeOf(series, least * factor, also) };
}

/** The newest readings may not be committed yet: a silence up to now is shown once it is longer. */
const SILENT_MS = 30_000;

/** Every bucket without a reading where none came for longer than a slow tag skips, whoever was silent: before the first reading, and while the rig box was off. */
export function silences({ at, low, holes }: HmiTrack, intervalMs: number): Series["holes"][number][] {
  const width = (at[1] ?? 0) - (at[0] ?? 0);
  const found: Series["holes"][number][] = [];
  let from: number | null = null;
  for (let i = 0; i <= at.length; i += 1) {
    const middle = at[i];
    const silent =
      middle !== undefined && low[i] === null && !holes.some((hole) => hole.from <= middle && hole.to >= middle);
    if (silent) from ??= middle - width / 2;
    else if (from !== null) {
      const to = (middle ?? (at.at(-1) ?? 0) + width) - width / 2;
      const least = Math.max(middle === undefined ? SILENT_MS : 0, 3 * intervalMs);
      if (to - from > least) found.push({ from, to, reason: "no reading" });
      from = null;
    }
  }
  return found;
}

/** What the rig did, from the history of its state tag. Short waits that are no drilling are named with how long they took. */
export function statesOf(track: HmiTrack | undefined, bucketMs: number): StateSpan[] {
  const spans: (StateSpan & { state: string })[] = [];
  for (const [i, at] of track?.at.entries() ?? []) {
    const code = track?.high[i] ?? null;
    const state = code === null ? undefined : rigStates[code];
    if (state === undefined) continue;
    const last = spans.at(-1);
    const [from, to] = [at - bucketMs / 2, at + bucketMs / 2];
    if (last !== undefined && last.state === state && from - last.to < bucketMs) last.to = to;
    else spans.push({ from, to, state, active: drillingStates.includes(state), name: null });
  }
  return spans.map((span) => ({
    ...span,
    name: named.has(span.state) ? `${span.state} ${clockText(span.to - span.from)}` : null,
  }));
}

const named = new Set(["connection", "in slips"]);

/** Where alarms that are open were raised, in the track of the tag that they mark. */
export function marksOf(alarms: readonly AlarmState[], tagsOf: readonly HmiTag[][], from: number): Mark[] {
  return alarms.flatMap((alarm) => {
    const track = tagsOf.findIndex((tags) => tags.some((tag) => marks(alarm, tag.id, tag.name)));
    const active = alarm.state === "unacknowledged" || alarm.state === "acknowledged";
    return track === -1 || !active || alarm.raisedAt < from
      ? []
      : [{ at: alarm.raisedAt, track, priority: alarm.priority }];
  });
}
