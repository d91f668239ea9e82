import { useState } from "preact/hooks";
import type { Coverage, CoverageAnswer } from "../../../../shared/domain/api-coverage.ts";
import type { RigRequest } from "../../../../shared/domain/api-requests.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { CoverageBand } from "../../../../shared/ui/CoverageBand.tsx";
import { numberText, type Zone } from "../../../../shared/ui/format.ts";
import { NotUpToDate } from "../../../../shared/ui/NotUpToDate.tsx";
import { useAskedUpToNow } from "../asked.ts";
import { useRequests } from "../asking.ts";
import { Dated } from "../parts/completeness/Dated.tsx";
import { Gaps } from "../parts/completeness/Gaps.tsx";
import { HeldByRun } from "../parts/completeness/HeldByRun.tsx";
import { NoGoodValue } from "../parts/completeness/NoGoodValue.tsx";
import { Streams } from "../parts/completeness/Streams.tsx";
import { Thinned } from "../parts/completeness/Thinned.tsx";
import { Undated } from "../parts/completeness/Undated.tsx";
import { Requests } from "../parts/Requests.tsx";
import { Segments } from "../parts/Segments.tsx";
import type { RigLive } from "../rig-live.ts";
import { bandLabel, bandSpans, firstData, withSilence } from "../spans.ts";
import { Legend } from "./Fleet.tsx";

const hourMs = 3_600_000;
/** By tag id. */
type Labels = ReadonlyMap<string, string>;

/** Is it all here? The band, what is missing and why, what had no good value, and what is held by name. */
export function RigCoverage({ rig, live, zone }: { rig: RigSummary; live: RigLive; zone: Zone }) {
  const [length, setLength] = useState<"24h" | "7d">("24h");
  const [lengthMs, everyMs] = length === "24h" ? [24 * hourMs, 5_000] : [168 * hourMs, 30_000];
  const { answer, trouble } = useAskedUpToNow<CoverageAnswer>(`/rigs/${rig.rig}/coverage`, lengthMs, everyMs);
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
      <NotUpToDate parts={[["coverage", trouble]]} />
      {answer === null ? (
        <p class="empty reading">Reading coverage</p>
      ) : (
        <Facts rig={rig} coverage={answer.data} labels={labels} requests={{ rows, trouble: unread }} zone={zone} />
      )}
    </>
  );
}

interface FactsProps {
  rig: RigSummary;
  coverage: Coverage;
  labels: Labels;
  /** `trouble`: why they are not up to date; null where they are. */
  requests: { rows: readonly RigRequest[]; trouble: string | null };
  zone: Zone;
}

function Facts({ rig, coverage, labels, requests, zone }: FactsProps) {
  const { start, end, completeTo, undatedSpans, lostBeyond } = coverage;
  const told = withSilence(coverage.spans, rig, zone.time);
  const { spans } = told;
  const waiting = undatedSpans.reduce((sum, { frames, over }) => sum + (over ? 0 : frames), 0);
  const first = firstData(spans);
  const stamp = (at: number) => `${zone.day(at)} ${zone.time(at)}`;
  return (
    <>
      <section class="card facts">
        <p>
          <b>{completeTo === null ? "Complete to: not known" : `Complete to ${stamp(completeTo)}`}</b>
          <span>{bandLabel(told)}</span>
          {first !== null && <span>Nothing is known before {stamp(first)}, its first data in this span</span>}
          {waiting > 0 && <span>{numberText(waiting, 0)} frames wait for a true time</span>}
          {lostBeyond !== null && lostBeyond > 0 && (
            <span>{numberText(lostBeyond, 0)} frames are lost in more places than are listed here</span>
          )}
        </p>
        <CoverageBand
          from={start}
          to={end}
          spans={bandSpans(spans, zone.time)}
          label={`Coverage: ${bandLabel(told)}`}
        />
        <p class="line label">
          <span>{stamp(start)}</span>
          <span>{stamp(end)}</span>
        </p>
      </section>
      <Gaps rig={rig.rig} spans={spans} requests={requests.rows} zone={zone} stamp={stamp} />
      <Requests {...requests} rig={rig.rig} labels={labels} zone={zone} />
      <Streams coverage={coverage} online={rig.online} stamp={stamp} />
      <Thinned coverage={coverage} stamp={stamp} />
      <Undated coverage={coverage} stamp={stamp} />
      <Dated coverage={coverage} stamp={stamp} />
      <NoGoodValue coverage={coverage} labels={labels} stamp={stamp} />
      <HeldByRun coverage={coverage} />
    </>
  );
}
