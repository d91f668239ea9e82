import type { HmiCoverage, HmiGap, HmiSpan } from "../../../../shared/domain/hmi.ts";
import { type BandSpan, CoverageBand } from "../../../../shared/ui/CoverageBand.tsx";
import { spanText, type Zone } from "../../../../shared/ui/format.ts";
import { labelFits } from "../../../../shared/ui/label-fits.ts";
import { scrollable } from "../../../../shared/ui/scrollable.ts";
import { timeLabels } from "../../../../shared/ui/strip.ts";

export interface CoverageCardProps {
  coverage: HmiCoverage | null;
  trouble: string | null;
  completeTo: number | null;
  zone: Zone;
}

/** What is held of the last day here and in the cloud, as far as receipts tell. */
export function CoverageCard({ coverage, trouble, completeTo, zone }: CoverageCardProps) {
  return (
    <section class="card coveragecard" aria-label="Coverage, last 24 h">
      <span class="line">
        <h2>
          Coverage, last 24 h
          {coverage !== null && coverage.dated.length > 0 && (
            <small class="label briefly">, some dated afterwards</small>
          )}
          {coverage !== null && trouble !== null && (
            <small class="label">, not up to date: {trouble}; asked again</small>
          )}
        </h2>
        <span class="legend">
          <span>
            <i class="held" /> held
          </span>
          <span>
            <i class="late" /> came late
          </span>
          <span>
            <i class="thinned" /> thinned
          </span>
          <span>
            <i class="waiting" /> at rig only, on its way
          </span>
          <span>
            <i class="missing" /> missing for good
          </span>
          <span>
            <i class="unknown" /> not known
          </span>
        </span>
      </span>
      {coverage === null ? (
        <p class="label">{trouble === null ? "reading the journal" : `Not known: ${trouble}; asked again`}</p>
      ) : (
        <>
          <Bands coverage={coverage} completeTo={completeTo} zone={zone} />
          {coverage.dated.length > 0 && <p class="label dated">{datedText(coverage.dated, zone)}</p>}
        </>
      )}
    </section>
  );
}

function Bands({ coverage, completeTo, zone }: { coverage: HmiCoverage; completeTo: number | null; zone: Zone }) {
  const { from, to } = coverage;
  const share = (at: number) => ((at - from) / (to - from)) * 100;
  const numbers = coverage.gaps.filter((gap) => gap.to >= from && gap.from <= to);
  const complete = completeTo !== null && completeTo >= from && completeTo <= to ? completeTo : null;
  return (
    <div class="bands">
      <b>At rig</b>
      <CoverageBand
        from={from}
        to={to}
        spans={titled(coverage.rig, zone)}
        label={spoken("At the rig", coverage.rig, from, to)}
      />
      <b>In cloud</b>
      <CoverageBand
        from={from}
        to={to}
        spans={titled(coverage.cloud, zone)}
        label={spoken("In the cloud", coverage.cloud, from, to)}
      />
      <span />
      <div class="below" aria-hidden="true">
        {numberLabels(numbers, share).map(({ left, text }) => (
          <b key={text} style={{ left: `${left}%` }}>
            {text}
          </b>
        ))}
        {complete !== null && <i class="watermark" style={{ left: `${share(complete)}%` }} />}
        {complete !== null && (
          <span class={`complete ${share(complete) > 50 ? "left" : "right"}`} style={{ left: `${share(complete)}%` }}>
            complete to {zone.time(complete)}
          </span>
        )}
      </div>
      <span />
      <div class="axis" aria-hidden="true">
        {timeLabels(from, to, 12)
          .filter((at) => labelFits(share(at)))
          .map((at) => (
            <span key={at} style={{ left: `${share(at)}%` }}>
              {zone.minute(at)}
            </span>
          ))}
      </div>
    </div>
  );
}

/** Spans of dated frames that are told one by one, newest first. */
const MOST_DATED = 3;

/** Of which time the rig's own clock was not known, so that it was worked out afterwards. */
function datedText(dated: HmiCoverage["dated"], zone: Zone): string {
  const newest = dated.slice(-MOST_DATED).reverse();
  const told = newest.map(({ from, to }) => `${zone.time(from)} for ${to === from ? "1 frame" : spanText(to - from)}`);
  const more = dated.length - newest.length;
  return `Dated afterwards, since the rig box's clock was not known: ${told.join(", ")}${more > 0 ? ` and ${more} spans before` : ""}`;
}

/** Gaps that lie side by side share one label: from the first number to the last. */
function numberLabels(gaps: readonly HmiGap[], share: (at: number) => number): { left: number; text: string }[] {
  const labels: { left: number; first: number; last: number }[] = [];
  for (const [i, gap] of gaps.entries()) {
    const left = Math.min(98, Math.max(2, share((gap.from + gap.to) / 2)));
    const before = labels.at(-1);
    if (before !== undefined && left - before.left < 4) before.last = i + 1;
    else labels.push({ left, first: i + 1, last: i + 1 });
  }
  return labels.map(({ left, first, last }) => ({ left, text: first === last ? `${first}` : `${first}–${last}` }));
}

function titled(spans: readonly HmiSpan[], zone: Zone): BandSpan[] {
  return spans.map((span) => ({
    ...span,
    title: `${words[span.state]} from ${zone.time(span.from)} for ${spanText(span.to - span.from)}`,
  }));
}

const words: Record<HmiSpan["state"], string> = {
  held: "held",
  late: "came late",
  thinned: "thinned to make room",
  waiting: "on its way",
  missing: "missing for good",
  unknown: "not known",
};

function spoken(where: string, spans: readonly HmiSpan[], since: number, until: number): string {
  // What was made in one span goes on beyond the day that is shown.
  const inside = ({ from, to }: HmiSpan) => Math.max(0, Math.min(to, until) - Math.max(from, since));
  const total = (state: HmiSpan["state"]) =>
    spans.filter((span) => span.state === state).reduce((sum, span) => sum + inside(span), 0);
  const parts = (["held", "late", "thinned", "waiting", "missing", "unknown"] as const).flatMap((state) =>
    total(state) > 0 ? [`${words[state]} ${spanText(total(state))}`] : [],
  );
  return `${where}: ${parts.join(", ") || "nothing known"}`;
}

/** Every gap with from when, how long, what and why. */
export function GapList({
  gaps,
  trouble,
  zone,
}: {
  gaps: readonly HmiGap[] | null;
  trouble: string | null;
  zone: Zone;
}) {
  return (
    <section class="card gaps" aria-label="Gaps">
      <div class="scroll" {...scrollable}>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Number</span>
              </th>
              <th scope="col">From</th>
              <th scope="col">For</th>
              <th scope="col">What is missing</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {gaps?.map((gap, i) => (
              <tr key={`${gap.from}${gap.what}`}>
                <td>
                  <b>{i + 1}</b>
                </td>
                <td>
                  {zone.day(gap.from)} {zone.time(gap.from)}
                </td>
                <td>
                  <b>{spanText(gap.to - gap.from)}</b>
                </td>
                <td>{gap.what}</td>
                <td>{gap.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {gaps?.length === 0 && <p class="none">Nothing is missing in the last 24 h.</p>}
        {gaps === null && <p class="none">{trouble === null ? "reading the journal" : `Not known: ${trouble}`}</p>}
      </div>
    </section>
  );
}
