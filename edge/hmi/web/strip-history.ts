import { useEffect, useRef, useState } from "preact/hooks";
import type { HmiHistory, HmiTrack } from "../../../shared/domain/hmi.ts";
import { withTrouble } from "../../../shared/ui/asked.ts";
import { keepAsking } from "../../../shared/ui/keep-asking.ts";

const HOUR_MS = 3_600_000;
export const BUCKET_MS = 10_000;
/** Buckets that are asked for again each time, since frames are committed a little after their readings. */
const AGAIN = 12;

export interface StripHistory {
  from: number;
  to: number;
  tracks: ReadonlyMap<string, HmiTrack>;
  trouble: string | null;
}

/** The last hour of these tags in buckets of 10 s: once whole, then only its newest end. Empty until the first answer. */
export function useStripHistory(ids: readonly string[], now: number, lost: boolean): StripHistory {
  const to = Math.floor(now / BUCKET_MS) * BUCKET_MS;
  const key = ids.join(",");
  const [history, set] = useState<StripHistory>({ from: to - HOUR_MS, to, tracks: new Map(), trouble: null });
  const held = useRef({ key: "", to: 0 });
  useEffect(() => {
    if (key === "" || lost || now === 0) return;
    const control = new AbortController();
    const whole = held.current.key !== key || to - held.current.to > (AGAIN - 2) * BUCKET_MS;
    const from = whole ? to - HOUR_MS : to - AGAIN * BUCKET_MS;
    const { signal } = control;
    const once = async (until: AbortSignal) => {
      const tracks = await ask(key, from, to, until);
      if (signal.aborted) return;
      held.current = { key, to };
      const next = (before: StripHistory) => merged(whole ? new Map() : before.tracks, tracks, from, to - HOUR_MS);
      set((before) => ({ from: to - HOUR_MS, to, tracks: next(before), trouble: null }));
    };
    const tell = (trouble: string | null) => set((before) => withTrouble(before, trouble));
    void keepAsking({ once, everyMs: 0, signal, tell });
    return () => control.abort();
  }, [key, to, lost, now === 0]);
  return history;
}

async function ask(tags: string, from: number, to: number, signal: AbortSignal): Promise<HmiTrack[]> {
  const points = (to - from) / BUCKET_MS;
  const response = await fetch(`./api/v1/hmi/history?tags=${tags}&from=${from}&to=${to}&points=${points}`, { signal });
  if (!response.ok) throw new Error(`the rig box answered ${response.status}`);
  const history: HmiHistory = await response.json();
  return history.tracks;
}

/** The tracks with everything from `from` on replaced by what is new, and what is older than `oldest` left out. */
export function merged(
  before: ReadonlyMap<string, HmiTrack>,
  fresh: readonly HmiTrack[],
  from: number,
  oldest: number,
): Map<string, HmiTrack> {
  const out = new Map<string, HmiTrack>();
  for (const track of fresh) {
    const old = before.get(track.tag);
    const keep = old?.at.map((at) => at >= oldest && at < from) ?? [];
    const kept = <T>(column: readonly T[] | undefined) => (column ?? []).filter((_, i) => keep[i]);
    const holes = (old?.holes ?? [])
      .filter((hole) => hole.to > oldest && hole.from < from)
      .map((hole) => ({ ...hole, to: Math.min(hole.to, from) }));
    out.set(track.tag, {
      tag: track.tag,
      at: [...kept(old?.at), ...track.at],
      low: [...kept(old?.low), ...track.low],
      high: [...kept(old?.high), ...track.high],
      holes: [...holes, ...track.holes],
    });
  }
  return out;
}
