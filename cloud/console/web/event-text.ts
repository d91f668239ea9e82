import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { RigEvent } from "../../../shared/domain/event.ts";
import { headText } from "../../../shared/ui/alarm-words.ts";
import { bytesText, numberText, signedText, spanText } from "../../../shared/ui/format.ts";
import type { System } from "../../../shared/ui/units.ts";
import { alarmChange } from "./alarm-change.ts";

/** Types of events as the filter names them. */
export const eventTypes: readonly (readonly [RigEvent["type"], string])[] = [
  ["alarm", "Alarm"],
  ["action", "Action"],
  ["gap", "Gap"],
  ["epoch", "Start"],
  ["clock", "Clock"],
  ["request", "Request of the office"],
  ["tag", "Configuration: tag"],
  ["dictionary", "Configuration: list of tags"],
];

/** Book-keeping of tags and lists: as many rows as a rig has tags at every change of its configuration. */
export function isConfiguration(type: RigEvent["type"]): boolean {
  return type === "tag" || type === "dictionary";
}

export function typeWord(type: RigEvent["type"]): string {
  return eventTypes.find(([name]) => name === type)?.[1] ?? type;
}

/** What happened, in one line; `others` are events beside it, in which an acknowledged alarm is looked up by its name, and what an alarm was before. */
export function eventText(event: RigEvent, system: System, others: readonly { event: RigEvent }[] = []): string {
  switch (event.type) {
    case "alarm":
      return `${headText(event.state)}, ${alarmChange(event.state, stateBefore(event.state, others), system)}`;
    case "action":
      return `${event.who} at ${event.station}: ${event.what}${alarmNamed(event.detail?.alarm, others)}`;
    case "gap":
      return `${event.stream} of ${spanText(event.to - event.from)} lost, ${event.count === null ? "nobody knows how many" : numberText(event.count, 0)} readings: ${event.reason}`;
    case "epoch":
      return `Rig box started, software ${event.software}, ${event.origin}${before(event.predecessor)}`;
    case "clock":
      return clockText(event);
    case "request":
      return requestText(event);
    case "tag":
      return `${event.version.label} (${event.version.name}), ${event.version.unit}, from ${event.version.source}`;
    case "dictionary":
      return `List of ${event.keep + event.add.length} tags, ${event.add.length} of them new`;
  }
}

function requestText({ state, why, frames, bytes }: Extract<RigEvent, { type: "request" }>): string {
  const of = frames === 0 ? "" : `, ${numberText(frames, 0)} frames of it were owed`;
  const cost = bytes === 0 ? "" : `, ${bytesText(bytes)} beyond what the link's policy lets go`;
  const word = { taken: "taken by the rig", done: "done", refused: `ended: ${why ?? "no reason given"}` }[state];
  return `Request of the office ${word}${of}${cost}`;
}

/** What moved, what is thought of the clock now, and who told the true time. */
function clockText({ state, step, at, mono, correction }: Extract<RigEvent, { type: "clock" }>): string {
  const moved = step === 0 ? "" : `, moved by ${signedText(step / 1_000, 1)} s`;
  if (correction === undefined) return `Clock ${state}${moved}`;
  const off = at - (correction.at + mono - correction.mono);
  const unsure = correction.uncertainty === null ? "" : `, give or take ${spanText(correction.uncertainty)}`;
  return `Clock ${state}${moved}; off by ${signedText(off / 1_000, 1)} s by the ${correction.by}${unsure}`;
}

function stateBefore({ alarm, changedAt }: AlarmState, others: readonly { event: RigEvent }[]): AlarmState | null {
  let before: AlarmState | null = null;
  for (const { event } of others) {
    if (event.type !== "alarm" || event.state.alarm !== alarm || event.state.changedAt >= changedAt) continue;
    if (before === null || event.state.changedAt > before.changedAt) before = event.state;
  }
  return before;
}

function alarmNamed(alarm: unknown, others: readonly { event: RigEvent }[]): string {
  if (typeof alarm !== "string") return "";
  for (const { event } of others)
    if (event.type === "alarm" && event.state.alarm === alarm) return `, ${headText(event.state)}`;
  return `, ${alarm}`;
}

function before(predecessor: Extract<RigEvent, { type: "epoch" }>["predecessor"]): string {
  if (predecessor === null) return ", the first run on its disk";
  return predecessor === "unknown" ? ", the disk does not tell what ran before" : `, after run ${predecessor.epoch}`;
}
