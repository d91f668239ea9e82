import type { AlarmState } from "../domain/alarm.ts";

const rank: Record<string, number> = { unacknowledged: 0, returned: 1, acknowledged: 2 };

/** On the list: active or not yet acknowledged. Shelved, suppressed and out of service have their own. */
export function isOpen(alarm: AlarmState): boolean {
  return alarm.state in rank;
}

/** Unacknowledged active ones by priority, then the newest first; then returned, then acknowledged. */
export function sorted(alarms: readonly AlarmState[]): AlarmState[] {
  return alarms
    .filter(isOpen)
    .sort(
      (a, b) =>
        (rank[a.state] ?? 0) - (rank[b.state] ?? 0) ||
        a.priority - b.priority ||
        b.raisedAt - a.raisedAt ||
        (a.alarm < b.alarm ? -1 : 1),
    );
}

/** The one that needs somebody first: unacknowledged or returned; null if none does. */
export function mostUrgent(alarms: readonly AlarmState[]): AlarmState | null {
  const first = sorted(alarms)[0];
  return first !== undefined && first.state !== "acknowledged" ? first : null;
}

/** Those that people put aside for a time, the next to return first. */
export function shelved(alarms: readonly AlarmState[]): AlarmState[] {
  const until = ({ shelving }: AlarmState) => shelving?.until ?? 0;
  return alarms.filter(({ state }) => state === "shelved").sort((a, b) => until(a) - until(b));
}

/** Those that the rig's state or its people took out of the list without a time. */
export function suppressed(alarms: readonly AlarmState[]): AlarmState[] {
  return alarms.filter(({ state }) => state === "suppressed" || state === "out of service");
}

/** How many are not acknowledged: what the badge counts. */
export function unacknowledged(alarms: readonly AlarmState[]): number {
  return alarms.filter(({ state }) => state === "unacknowledged" || state === "returned").length;
}

/** Active alarms by priority; index 1 to 4. */
export function activeByPriority(alarms: readonly AlarmState[]): number[] {
  const counts = [0, 0, 0, 0, 0];
  for (const { state, priority } of alarms) {
    if (state === "unacknowledged" || state === "acknowledged") counts[priority] = (counts[priority] ?? 0) + 1;
  }
  return counts;
}

/** Whether an alarm marks this tag: it is the tag's own, or a score's that the input of this name leads. */
export function marks(alarm: AlarmState, tag: string, name?: string): boolean {
  return alarm.tag === tag || (name !== undefined && alarm.evidence?.[0]?.name === name);
}

/** Of the open alarms that mark a tag the most urgent; null if there is none. */
export function alarmOf(alarms: readonly AlarmState[], tag: string, name?: string): AlarmState | null {
  return sorted(alarms.filter((alarm) => marks(alarm, tag, name))).sort((a, b) => a.priority - b.priority)[0] ?? null;
}

/** Of the alarms on a tag that are put aside (shelved, suppressed, out of service) the most urgent; null if there is none. */
export function asideOf(alarms: readonly AlarmState[], tag: string, name?: string): AlarmState | null {
  const aside = [...shelved(alarms), ...suppressed(alarms)].filter((alarm) => marks(alarm, tag, name));
  return aside.sort((a, b) => a.priority - b.priority)[0] ?? null;
}

/** Alarms raised farther apart than this are no consequence of each other, as far as a screen can tell. */
const TOGETHER_MS = 60_000;

/** The device that a tag (id) is read from; undefined where nobody knows. */
export type SourceOf = (tag: string) => string | undefined;

/** This alarm and the active ones that were raised within a minute of it and belong to it by device or evidence, in the order of raising. */
export function related(alarm: AlarmState, all: readonly AlarmState[], sourceOf: SourceOf): AlarmState[] {
  return all
    .filter(({ state }) => state === "unacknowledged" || state === "acknowledged")
    .filter((other) => other.alarm === alarm.alarm || belongs(alarm, other, sourceOf))
    .sort((a, b) => a.raisedAt - b.raisedAt);
}

function belongs(one: AlarmState, other: AlarmState, sourceOf: SourceOf): boolean {
  if (Math.abs(one.raisedAt - other.raisedAt) > TOGETHER_MS) return false;
  const [source, names] = [sourceOf(one.tag), (alarm: AlarmState) => alarm.evidence?.map(({ name }) => name) ?? []];
  return (
    (source !== undefined && source === sourceOf(other.tag)) ||
    names(one).includes(other.name) ||
    names(other).includes(one.name)
  );
}

/** Where it stands in the order in which alarms that belong together were raised: 1 is first out; null where it stands alone. */
export function placeIn(order: readonly AlarmState[], alarm: AlarmState): number | null {
  const place = order.findIndex((one) => one.alarm === alarm.alarm);
  return order.length < 2 || place === -1 ? null : place + 1;
}

/** The open alarms in groups, for a flood: those that belong together follow the one that was first out; the group with the most urgent alarm first. */
export function byFirstOut(alarms: readonly AlarmState[], sourceOf: SourceOf): AlarmState[] {
  let left = sorted(alarms);
  const groups: AlarmState[] = [];
  for (let lead = left[0]; lead !== undefined; lead = left[0]) {
    const order = related(lead, left, sourceOf);
    const group = new Set(order.includes(lead) ? order : [lead]);
    groups.push(...group);
    left = left.filter((alarm) => !group.has(alarm));
  }
  return groups;
}
