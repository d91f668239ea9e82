import type { RigSummary } from "../../../shared/domain/api-rigs.ts";
import { isOpen } from "../../../shared/ui/alarms.ts";

/** Behind by more than this is catching up: a minute is several receipts late. */
const behindMs = 60_000;

/** A facet counts rigs and, when chosen, leaves only those. */
export interface Facet {
  name: string;
  words: string;
  /** Short words for a phone. */
  short: string;
  group: "attention" | "state" | "link";
  holds(rig: RigSummary, now: number): boolean;
}

export const facets: readonly Facet[] = [
  { name: "attention", words: "need attention", short: "attention", group: "attention", holds: needsAttention },
  {
    name: "drilling",
    words: "rotary or sliding",
    short: "drilling",
    group: "state",
    holds: doing("rotary drilling", "sliding"),
  },
  {
    name: "tripping",
    words: "tripping",
    short: "tripping",
    group: "state",
    holds: doing("tripping in", "tripping out"),
  },
  {
    name: "other",
    words: "other states",
    short: "other",
    group: "state",
    holds: (rig) => !doing("rotary drilling", "sliding", "tripping in", "tripping out")(rig),
  },
  {
    name: "complete",
    words: "complete to now",
    short: "complete",
    group: "link",
    holds: (rig, now) => rig.online && !isBehind(rig, now),
  },
  {
    name: "behind",
    words: "catching up",
    short: "behind",
    group: "link",
    holds: (rig, now) => rig.online && isBehind(rig, now),
  },
  { name: "silent", words: "no link", short: "no link", group: "link", holds: (rig) => !isTold(rig) },
];

/** How far what is complete lies behind now; null where nothing is known to be complete. */
export function behindBy(rig: RigSummary, now: number): number | null {
  return rig.completeTo === null ? null : Math.max(0, now - rig.completeTo);
}

export function isBehind(rig: RigSummary, now: number): boolean {
  const behind = behindBy(rig, now);
  return behind === null || behind > behindMs;
}

/** Its alarms are of now: it reports, or is connected and reads nothing. */
export function isTold({ online, connected }: Pick<RigSummary, "online" | "connected">): boolean {
  return online || connected;
}

/** An open alarm, or silence. */
export function needsAttention(rig: RigSummary): boolean {
  return !rig.online || (rig.worstAlarm !== null && isOpen(rig.worstAlarm));
}

/** The alarm to show of a rig: the worst that is open; shelved ones have their own place. */
export function shownAlarm(rig: RigSummary) {
  return rig.worstAlarm !== null && isOpen(rig.worstAlarm) ? rig.worstAlarm : null;
}

/** Alarms that nobody has acknowledged, for the badge: of rigs that report, "?" where more were open on a silent one or the server is silent. Empty: none. */
export function badgeOf(rigs: readonly RigSummary[] | null, lost: boolean): string {
  const waiting = (rigs ?? []).filter(({ unacknowledged }) => unacknowledged > 0);
  const many = waiting.reduce((sum, rig) => sum + (isTold(rig) ? rig.unacknowledged : 0), 0);
  const doubt = waiting.some((rig) => lost || !isTold(rig)) ? "?" : "";
  return many === 0 ? doubt : `${many}${doubt}`;
}

/** Worst first: unacknowledged by priority, then acknowledged by priority, then silent, then the others by name. What a silent rig said last does not count. */
export function worstFirst(rigs: readonly RigSummary[]): RigSummary[] {
  return [...rigs].sort((a, b) => rankOf(a) - rankOf(b) || byName.compare(a.name, b.name));
}

const byName = new Intl.Collator("en", { numeric: true });

function rankOf(rig: RigSummary): number {
  if (!isTold(rig)) return 20;
  const alarm = shownAlarm(rig);
  if (alarm === null) return 30;
  return (alarm.state === "acknowledged" ? 10 : 0) + alarm.priority;
}

/** Rigs whose name, id or well holds the text, whatever its case. */
export function found(rigs: readonly RigSummary[], text: string): RigSummary[] {
  const wanted = text.trim().toLowerCase();
  return rigs.filter((rig) => [rig.name, rig.rig, rig.well ?? ""].some((one) => one.toLowerCase().includes(wanted)));
}

function doing(...states: string[]) {
  return (rig: RigSummary) => rig.online && rig.state !== null && states.includes(rig.state);
}

/** A state of V49 as it stands on screens: "Rotary drilling". */
export function stateWords(state: string): string {
  return state.charAt(0).toUpperCase() + state.slice(1);
}
