import type { CoverageSpan } from "../../../shared/domain/api-coverage.ts";
import type { RigRequest } from "../../../shared/domain/api-requests.ts";
import { bytesText, numberText, type Zone } from "../../../shared/ui/format.ts";

const openStates: readonly RigRequest["state"][] = ["asked", "told", "arriving"];

/** Whether a request still goes on. */
export function isOpen({ state }: Pick<RigRequest, "state">): boolean {
  return openStates.includes(state);
}

/** The newest request for a span that holds this one, or the begin of one that still grows; null where none does. */
export function requestFor(span: CoverageSpan, rows: readonly RigRequest[]): RigRequest | null {
  const holds = ({ wanted }: RigRequest) =>
    wanted.what === "span" &&
    wanted.start <= span.from &&
    wanted.end >= (span.kind === "under way" ? span.from : span.to);
  return rows.find(holds) ?? null;
}

/** Why a rig cannot be asked for what a span lacks, or not by this person; null where it may still have it. */
export function whyNotAsked({ kind }: CoverageSpan, may: boolean): string | null {
  if (kind === "edge down") return "Nothing was made then, or the rig's disk lost it";
  if (kind !== "missing" && kind !== "under way" && kind !== "not known") return "It is here";
  return may ? null : "Only an engineer or an admin may ask";
}

/** How far it is, in words. */
export function requestWords({ state, why, toldAt, heardAt, endsAt, frames }: RigRequest, zone: Zone): string {
  const at = (time: number | null) => (time === null ? "" : ` ${zone.day(time)} ${zone.time(time)}`);
  switch (state) {
    case "asked":
      return "Asked; the rig has not been told yet";
    case "told":
      return `Told${at(toldAt)}; no word of the rig yet`;
    case "arriving":
      return frames === 0 ? "Taken by the rig" : `Arriving: ${numberText(frames, 0)} frames waited at the rig`;
    case "done":
      return `Done${at(heardAt)}${frames === 0 ? "; the rig has nothing of it that is not here" : `: ${numberText(frames, 0)} frames`}`;
    case "refused":
      return `Refused: ${why ?? "no reason given"}`;
    case "expired":
      return `Expired${at(endsAt)}`;
    case "withdrawn":
      return "Withdrawn";
  }
}

/** What it cost beyond the rig's policy, of what it may cost. */
export function costWords({ spentBytes, maxBytes }: RigRequest): string {
  return `${bytesText(spentBytes)} of ${bytesText(maxBytes)}`;
}
