import type { HmiAsked } from "../shared/domain/hmi.ts";
import type { LinkState } from "./uplink/link.ts";

const MINUTE_MS = 60_000;

/** What the office asks for, as the screen shows it: what goes on or was refused, until its time is over. `mono` and `at` are now, monotonic and UTC. */
export function askedOf(asked: LinkState["asked"], { mono, at }: { mono: number; at: number }): HmiAsked[] {
  return asked.flatMap(({ request, state, why, owed, left, spent, endsAt }): HmiAsked[] => {
    if (state === "done" || endsAt <= mono) return [];
    return [
      {
        request: request.request,
        span: request.what === "span" ? { from: request.from, to: request.to } : null,
        tags: request.what === "tags" ? request.tags : [],
        state: state === "compared" ? "taken" : state,
        why,
        frames: owed,
        leftFrames: left,
        spentBytes: spent,
        maxBytes: request.maxBytes,
        // The screen is told of each change.
        endsAt: Math.ceil((at + endsAt - mono) / MINUTE_MS) * MINUTE_MS,
      },
    ];
  });
}
