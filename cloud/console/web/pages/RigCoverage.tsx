import { useState } from "preact/hooks";
import type { Coverage, CoverageAnswer, CoverageSpan } from "../../../../shared/domain/api-coverage.ts";
import type { RigRequest } from "../../../../shared/domain/api-requests.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { CoverageBand } from "../../../../shared/ui/CoverageBand.tsx";
import { NOTHING, numberText, type Zone } from "../../../../shared/ui/format.ts";
import { useAsked } from "../asked.ts";
import { askForSpan, mayAsk, useRequests } from "../asking.ts";
import { now } from "../clock.ts";
import { Requests } from "../parts/Requests.tsx";
import { Segments } from "../parts/Segments.tsx";
import { Table } from "../parts/Table.tsx";
import { canBeAsked, isOpen, requestFor, requestWords } from "../request-words.ts";
import type { RigLive } from "../rig-live.ts";
import { bandLabel, bandSpans, datedOf, firstData, gapsOf, lengthText, spanWords, thinnedOf } from "../spans.ts";
import { arrivalWords, underWayWords } from "../stream-words.ts";
import { Legend } from "./Fleet.tsx";

const hourMs = 3_600_000;
/** By tag id. */
type Labels = ReadonlyMap<string, string>;

/** Is it all here? The band, what is missing and why, what had no good value, and what is held by name. */
export function RigCoverage({ rig, live, zone }: { rig: RigSummary; live: RigLive; zone: Zone }) {
  const [length, setLength] = useState<"24h" | "7d">("24h");
  const minute = Math.floor(now.value / 30_000) * 30_000;
  const start = new Date(minute - (length === "24h" ? 24 : 168) * hourMs).toISOString();
  const { answer, trouble } = useAsked<CoverageAnswer>(`/rigs/${rig.rig}/coverage?start=${start}`);
  const { rows, trouble: unread } = useRequests(rig.rig);
  const labels = new Map(live.tags.value.map(({ tag, label }) => [tag, label]));
  return (
    <>
      <div class="bar">
        <Legend />
        <span class="push" />
        <Segments
          label="Span"
          chosen={length}
          options={[
            ["24h", "24 h"],
            ["7d", "7 d"],
          ]}
          choose={setLength}
        />
      </div>
      {trouble !== null && (
        <p class="trouble" role="status">
          Not up to date: {trouble}.
        </p>
      )}
      {answer === null ? (
        <p class="empty reading">Reading coverage</p>
      ) : (
        <Facts coverage={answer.data} labels={labels} requests={{ rows, trouble: unread }} zone={zone} />
      )}
    </>
  );
}

interface FactsProps {
  coverage: Coverage;
  labels: Labels;
  /** `trouble`: why they are not up to date; null where they are. */
  requests: { rows: readonly RigRequest[]; trouble: string | null };
  zone: Zone;
}

function Facts({ coverage, labels, requests, zone }: FactsProps) {
  const { start, end, completeTo, spans, undatedSpans, lostBeyond } = coverage;
  const waiting = undatedSpans.reduce((sum, { frames, over }) => sum + (over ? 0 : frames), 0);
  const first = firstData(spans);
  const stamp = (at: number) => `${zone.day(at)} ${zone.time(at)}`;
  return (
    <>
      <section class="card facts">
        <p>
          <b>{completeTo === null ? "Complete to: not known" : `Complete to ${stamp(completeTo)}`}</b>
          <span>{bandLabel(spans)}</span>
          {first !== null && <span>Nothing is known before {stamp(first)}, its first data in this span</span>}
          {waiting > 0 && <span>{numberText(waiting, 0)} frames wait for a true time</span>}
          {lostBeyond > 0 && (
            <span>{numberText(lostBeyond, 0)} frames are lost in more places than are listed here</span>
          )}
        </p>
        <CoverageBand
          from={start}
          to={end}
          spans={bandSpans(spans, zone.time)}
          label={`Coverage: ${bandLabel(spans)}`}
        />
        <p class="line label">
          <span>{stamp(start)}</span>
          <span>{stamp(end)}</span>
        </p>
      </section>
      <Streams coverage={coverage} stamp={stamp} />
      <Gaps coverage={coverage} requests={requests.rows} zone={zone} stamp={stamp} />
      <Requests {...requests} rig={coverage.rig} labels={labels} zone={zone} />
      <Thinned coverage={coverage} stamp={stamp} />
      <Undated coverage={coverage} stamp={stamp} />
      <Dated coverage={coverage} stamp={stamp} />
      <NoGood coverage={coverage} labels={labels} stamp={stamp} />
      <Held coverage={coverage} />
    </>
  );
}

function Streams({ coverage, stamp }: { coverage: Coverage; stamp: (at: number) => string }) {
  return (
    <Table
      title="By stream"
      none="Nothing is known yet"
      heads={["Stream", "Complete to", "Under way", "Here at about"]}
    >
      {coverage.streams.map((each) => (
        <tr key={each.stream}>
          <td>{each.stream === "events" ? "Alarms and events" : "Values"}</td>
          <td data-label="Complete to">{each.completeTo === null ? "Not known" : stamp(each.completeTo)}</td>
          <td data-label="Under way">{underWayWords(each)}</td>
          <td data-label="Here at about">{arrivalWords(each, stamp)}</td>
        </tr>
      ))}
    </Table>
  );
}

interface GapsProps {
  coverage: Coverage;
  requests: readonly RigRequest[];
  zone: Zone;
  stamp: (at: number) => string;
}

function Gaps({ coverage, requests, zone, stamp }: GapsProps) {
  const known = firstData(coverage.spans) === null ? coverage.spans : coverage.spans.slice(1);
  const gaps = gapsOf(known).filter(({ kind }) => kind !== "undated");
  return (
    <Table
      title="Not held"
      none="All of it is held"
      heads={["From", "To", "For", "What and why", "Frames", "Asked of the rig"]}
    >
      {gaps.map((gap) => (
        <tr key={gap.from}>
          <td data-label="From">{stamp(gap.from)}</td>
          <td data-label="to">{stamp(gap.to)}</td>
          <td data-label="for">{lengthText(gap)}</td>
          <td>{spanWords(gap)}</td>
          <td class="number" data-label="Frames">
            {gap.frames === null ? NOTHING : numberText(gap.frames, 0)}
          </td>
          <td>{canBeAsked(gap) && <AskFor rig={coverage.rig} gap={gap} requests={requests} zone={zone} />}</td>
        </tr>
      ))}
    </Table>
  );
}

function Thinned({ coverage, stamp }: { coverage: Coverage; stamp: (at: number) => string }) {
  const spans = thinnedOf(coverage.spans);
  if (spans.length === 0) return null;
  return (
    <Table title="Thinned on the rig" none="" heads={["From", "To", "For", "What was left out", "Frames"]}>
      {spans.map((span) => (
        <tr key={span.from}>
          <td data-label="From">{stamp(span.from)}</td>
          <td data-label="to">{stamp(span.to)}</td>
          <td data-label="for">{lengthText(span)}</td>
          <td>Readings {span.reason}</td>
          <td class="number" data-label="Frames">
            {span.frames === null ? NOTHING : numberText(span.frames, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface AskForProps {
  rig: string;
  gap: CoverageSpan;
  requests: readonly RigRequest[];
  zone: Zone;
}

/** How far a request for this span is, and the way to ask for it. */
function AskFor({ rig, gap, requests, zone }: AskForProps) {
  const [isAsking, setAsking] = useState(false);
  const before = requestFor(gap, requests);
  const isAsked = before !== null && isOpen(before);
  async function ask() {
    setAsking(true);
    await askForSpan(rig, gap);
    setAsking(false);
  }
  return (
    <span class="askfor">
      {before !== null && <span>{requestWords(before, zone)}</span>}
      {!isAsked && mayAsk() && (
        <button type="button" disabled={isAsking} onClick={() => void ask()}>
          Ask for this span
        </button>
      )}
    </span>
  );
}

interface StampedProps {
  coverage: Coverage;
  stamp: (at: number) => string;
}

/** Frames that are here and stand nowhere on an axis of time; only where there are any. */
function Undated({ coverage, stamp }: StampedProps) {
  if (coverage.undatedSpans.length === 0) return null;
  const bound = (at: number | null) => (at === null ? NOTHING : stamp(at));
  return (
    <Table title="Without a true time" none="" heads={["Not before", "Not after", "Why", "Frames"]}>
      {coverage.undatedSpans.map(({ epoch, first, from, to, frames, over }) => (
        <tr key={`${epoch} ${first}`}>
          <td data-label="Not before">{bound(from)}</td>
          <td data-label="not after">{bound(to)}</td>
          <td>
            {over
              ? "The rig box was restarted before its clock came right"
              : "The rig's clock was not known; it has not come right yet"}
          </td>
          <td class="number" data-label="Frames">
            {numberText(frames, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What was given its time afterwards; only where there is any. */
function Dated({ coverage, stamp }: StampedProps) {
  const dated = datedOf(coverage.spans);
  if (dated.length === 0) return null;
  return (
    <Table title="Dated afterwards: the rig's clock was not known" none="" heads={["From", "To", "For", "Frames"]}>
      {dated.map((span) => (
        <tr key={span.from}>
          <td data-label="From">{stamp(span.from)}</td>
          <td data-label="to">{stamp(span.to)}</td>
          <td data-label="for">{lengthText(span)}</td>
          <td class="number" data-label="Frames">
            {span.frames === null ? NOTHING : numberText(span.frames, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface NoGoodProps {
  coverage: Coverage;
  labels: Labels;
  stamp: (at: number) => string;
}

function NoGood({ coverage, labels, stamp }: NoGoodProps) {
  // The last minute is not over.
  const rows = coverage.noGoodValue.map((row) => ({ ...row, to: Math.min(row.to, coverage.end, now.value) }));
  return (
    <Table
      title="Tags without a good value for whole minutes"
      none="No tag was without a good value for a whole minute or longer"
      heads={["Tag", "From", "To", "For"]}
    >
      {rows.map(({ tag, name, from, to }) => (
        <tr key={`${tag} ${from}`}>
          <td>{labels.get(tag) ?? name}</td>
          <td data-label="from">{stamp(from)}</td>
          <td data-label="to">{stamp(to)}</td>
          <td data-label="for">{lengthText({ from, to })}</td>
        </tr>
      ))}
    </Table>
  );
}

function Held({ coverage }: { coverage: Coverage }) {
  return (
    <Table
      title="Held, by run of the rig box"
      none="Nothing is held yet"
      heads={["Run", "Stream", "State", "Frames from", "to"]}
    >
      {coverage.held.map(({ epoch, stream, first, last, state }) => (
        <tr key={`${epoch} ${stream} ${first}`}>
          <td data-label="Run">
            <code>{epoch}</code>
          </td>
          <td>{stream}</td>
          <td>{state}</td>
          <td class="number" data-label="Frames">
            {numberText(first, 0)}
          </td>
          <td class="number" data-label="to">
            {numberText(last, 0)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
