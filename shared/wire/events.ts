import { z } from "zod";
import { RigEvent } from "../domain/event.ts";
import { textOf, utf8, WireError } from "./bytes.ts";
import { maxFrameBytes } from "./limits.ts";

const Events = z.array(RigEvent).min(1);

/**
 * The JSON of a frame of events, UTF-8. Throws RangeError where a number is not finite: JSON would say null, which is
 * another event.
 */
export function encodeEvents(events: readonly RigEvent[]): Uint8Array {
  if (events.length === 0) throw new RangeError("a frame of events has at least one");
  const text = JSON.stringify(events, (key, value) => {
    if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`event: ${key} is ${value}`);
    return value;
  });
  return utf8(text);
}

/** The events of a frame; throws WireError with the path of what does not fit. */
export function decodeEvents(json: Uint8Array): RigEvent[] {
  if (json.length > maxFrameBytes) throw new WireError(`events: of ${json.length} bytes, at most ${maxFrameBytes}`);
  const text = textOf(json, "events");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new WireError("events: not JSON", { cause });
  }
  const events = Events.safeParse(parsed);
  if (events.success) return events.data;
  const issue = events.error.issues[0];
  throw new WireError(`events: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "do not fit"}`, {
    cause: events.error,
  });
}
