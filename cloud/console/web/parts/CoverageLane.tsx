import type { CoverageSpan } from "../../../../shared/domain/api-coverage.ts";
import { CoverageBand } from "../../../../shared/ui/CoverageBand.tsx";
import type { Zone } from "../../../../shared/ui/format.ts";
import { bandLabel, bandSpans, datedOf, lengthText, type ToldSpans } from "../spans.ts";

export interface CoverageLaneProps {
  from: number;
  /** Where the data ends. */
  to: number;
  /** The data goes on. */
  live: boolean;
  /** Where the axis ends. */
  edge: number;
  told: ToldSpans;
  completeTo: number | null;
  zone: Zone;
}

/** What of the span above is here, right under the data, with the moment up to which all is. */
export function CoverageLane({ from, to, live, edge, told, completeTo, zone }: CoverageLaneProps) {
  const share = (at: number) => ((at - from) / (edge - from)) * 100;
  // Live, the axis moves on by steps, and may be a step behind.
  const inside = completeTo !== null && (live || completeTo <= to);
  const at = inside ? share(Math.min(to, Math.max(from, completeTo))) : null;
  return (
    <div class="coveragelane">
      <div style={{ width: `${share(to)}%` }}>
        <CoverageBand
          from={from}
          to={to}
          spans={bandSpans(told.spans, zone.time)}
          label={`Coverage: ${bandLabel(told)}`}
        />
      </div>
      {at !== null && completeTo !== null && completeTo >= from && (
        <>
          <i class="uptoline" style={{ left: `${at}%` }} />
          <b class={`upto${at < 25 ? " right" : ""}`} style={at < 25 ? { left: `${at}%` } : { right: `${100 - at}%` }}>
            complete to {zone.time(completeTo)}
          </b>
        </>
      )}
      {at !== null && completeTo !== null && completeTo < from && (
        <b class="upto right">
          complete to {zone.day(completeTo)} {zone.minute(completeTo)}, before this
        </b>
      )}
      {notes(told.spans, from, edge, at).map((note) => (
        <small key={note.at} style={{ left: `${note.at}%` }}>
          {note.words}
        </small>
      ))}
    </div>
  );
}

/** Words under what is missing, or whose time is not its own, where there is room beside "complete to" and each other. */
function notes(spans: readonly CoverageSpan[], from: number, edge: number, upTo: number | null) {
  const list: { at: number; words: string }[] = [];
  for (const span of spans) {
    const words = noteOf(span);
    if (words === null || span.to < from || span.from > edge) continue;
    const at = (((Math.max(from, span.from) + Math.min(edge, span.to)) / 2 - from) / (edge - from)) * 100;
    const taken = upTo !== null && (upTo < 25 ? at < upTo + 30 : Math.abs(at - upTo) < 26 && at < upTo + 12);
    if (at > 10 && at < 88 && !taken && !list.some((other) => Math.abs(other.at - at) < 22)) list.push({ at, words });
  }
  return list;
}

function noteOf(span: CoverageSpan): string | null {
  if (span.kind === "missing") return `${lengthText(span)} ${span.reason}`;
  if (span.kind === "edge down")
    return `${lengthText(span)} rig box ${span.reason === "" ? "off, or lost it" : span.reason}`;
  if (span.kind === "undated") return "without a true time";
  return datedOf([span]).length > 0 ? span.reason : null;
}
