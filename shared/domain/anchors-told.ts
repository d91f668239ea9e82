import type { ClockAnchor } from "./dating.ts";
import type { RigEvent } from "./event.ts";

/** What a frame of events tells of the true time of its boot: its corrections, and the time of a run's record that closed while the clock was synchronised. */
export function anchorsTold(
  events: readonly RigEvent[],
  { receivedAt, mono, clock }: { receivedAt: number; mono: number; clock: string },
): ClockAnchor[] {
  const told = events.flatMap((event) => (event.type === "clock" ? (event.correction ?? []) : []));
  const begins = events.some(({ type }) => type === "epoch");
  if (begins && clock === "synchronised")
    told.push({ at: Math.round(receivedAt), mono, uncertainty: null, by: "time server" });
  return told;
}
