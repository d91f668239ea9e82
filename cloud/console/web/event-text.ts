import type { RigEvent } from "../../../shared/domain/event.ts";
import { limitText, valueText } from "../../../shared/ui/alarms.ts";
import { numberText, signedText, spanText } from "../../../shared/ui/format.ts";
import type { System } from "../../../shared/ui/units.ts";

/** Types of events as the filter names them. */
export const eventTypes: readonly (readonly [RigEvent["type"], string])[] = [
  ["alarm", "Alarm"],
  ["action", "Action"],
  ["gap", "Gap"],
  ["epoch", "Start"],
  ["clock", "Clock"],
  ["tag", "Tag"],
  ["dictionary", "Dictionary"],
];

export function typeWord(type: RigEvent["type"]): string {
  return eventTypes.find(([name]) => name === type)?.[1] ?? type;
}

/** What happened, in one line. */
export function eventText(event: RigEvent, system: System): string {
  switch (event.type) {
    case "alarm": {
      const { state } = event;
      const who = state.state === "acknowledged" && state.acknowledgedBy !== null ? ` by ${state.acknowledgedBy}` : "";
      return `${state.text}, ${state.state}${who}, ${valueText(state, system)}, ${limitText(state, system)}`;
    }
    case "action":
      return `${event.who} at ${event.station}: ${event.what}`;
    case "gap":
      return `${event.stream} of ${spanText(event.to - event.from)} lost, ${event.count === null ? "nobody knows how many" : numberText(event.count, 0)} readings: ${event.reason}`;
    case "epoch":
      return `Rig box started, software ${event.software}, ${event.origin}${before(event.predecessor)}`;
    case "clock":
      return `Clock ${event.state}, moved by ${signedText(event.step / 1_000, 1)} s`;
    case "tag":
      return `${event.version.label} (${event.version.name}), ${event.version.unit}, from ${event.version.source}`;
    case "dictionary":
      return `List of ${event.keep + event.add.length} tags, ${event.add.length} of them new`;
  }
}

function before(predecessor: Extract<RigEvent, { type: "epoch" }>["predecessor"]): string {
  if (predecessor === null) return ", the first run on its disk";
  return predecessor === "unknown" ? ", the disk does not tell what ran before" : `, after run ${predecessor.epoch}`;
}
