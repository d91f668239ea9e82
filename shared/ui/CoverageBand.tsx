/** A span of coverage. held, came late, thinned to a bound, on its way, missing for good, not known. */
export interface BandSpan {
  from: number;
  to: number;
  state: "held" | "late" | "thinned" | "waiting" | "missing" | "unknown";
  /** From, for, what and why, for those who point at it. */
  title?: string;
}

export interface CoverageBandProps {
  from: number;
  to: number;
  spans: readonly BandSpan[];
  label: string;
}

/** What is held of a span of time, as one band: solid where held, underlined where it came late, striped where it is thinned, dashed where on its way, ink where missing. Where nothing is said it is a thin line. */
export function CoverageBand({ from, to, spans, label }: CoverageBandProps) {
  const share = (ms: number) => (Math.min(to, Math.max(from, ms)) - from) / (to - from);
  return (
    <div class="coverage" role="img" aria-label={label}>
      {spans
        .filter((span) => span.to >= from && span.from <= to)
        .map((span) => (
          <i
            key={`${span.state}${span.from}`}
            class={span.state}
            title={span.title}
            style={{ left: `${share(span.from) * 100}%`, width: `${(share(span.to) - share(span.from)) * 100}%` }}
          />
        ))}
    </div>
  );
}
