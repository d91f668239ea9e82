import type { CoverageSpan } from "../../../shared/domain/api-coverage.ts";
import type { RigSummary } from "../../../shared/domain/api-rigs.ts";
import type { BandSpan } from "../../../shared/ui/CoverageBand.tsx";
import { numberText, spanText } from "../../../shared/ui/format.ts";

const looks: Record<CoverageSpan["kind"], BandSpan["state"]> = {
  held: "held",
  late: "late",
  thinned: "thinned",
  "under way": "waiting",
  undated: "waiting",
  missing: "missing",
  "edge down": "missing",
  "not known": "unknown",
};

const words: Record<CoverageSpan["kind"], string> = {
  held: "In the cloud",
  late: "Came late",
  thinned: "Thinned on the rig, its disk was full",
  "under way": "At the rig, on its way",
  undated: "Here, but nobody knows when it was made",
  missing: "Missing",
  "edge down": "Rig box or daemon off, or its disk lost it",
  "not known": "Not known",
};

/** What a span is, for people: "Missing: overflow in RAM". */
export function spanWords({ kind, reason }: CoverageSpan): string {
  if (reason === "" || reason === kind) return words[kind];
  return kind === "edge down" ? `The rig box ${reason}` : `${words[kind]}: ${reason}`;
}

/** Seconds between two moments as clocks show them, so that a length agrees with the times beside it; ms. */
const shownMs = ({ from, to }: { from: number; to: number }) =>
  (Math.floor(to / 1_000) - Math.floor(from / 1_000)) * 1_000;

/** How long a span is, in agreement with its shown begin and end: "2 s", "< 1 s". */
export function lengthText(span: { from: number; to: number }): string {
  const ms = shownMs(span);
  return ms === 0 ? "< 1 s" : spanText(ms);
}

/** A receipt is some seconds behind on every link: so much on its way is how it always is, and is not told. */
const transitMs = 15_000;
const told = (span: CoverageSpan) => span.kind !== "under way" || span.to - span.from > transitMs;

/** For the band: each span with from, for, what and why. */
export function bandSpans(spans: readonly CoverageSpan[], timeText: (at: number) => string): BandSpan[] {
  return spans.filter(told).map((span) => ({
    from: span.from,
    to: span.to,
    state: looks[span.kind],
    title: `${spanWords(span)}, ${timeText(span.from)} to ${timeText(span.to)}, ${lengthText(span)}${framesText(span)}`,
  }));
}

function framesText({ frames }: CoverageSpan): string {
  return frames === null ? "" : `, ${numberText(frames, 0)} frames`;
}

/** Spans that a line must not cross. */
export function gapsOf(spans: readonly CoverageSpan[]): CoverageSpan[] {
  return spans.filter((span) => span.kind !== "held" && span.kind !== "late" && span.kind !== "thinned" && told(span));
}

/** Spans in which the rig left out readings within a bound. */
export function thinnedOf(spans: readonly CoverageSpan[]): CoverageSpan[] {
  return spans.filter(({ kind }) => kind === "thinned");
}

/** Spans whose times were worked out once the rig's clock had come right. */
export function datedOf(spans: readonly CoverageSpan[]): CoverageSpan[] {
  return spans.filter(({ kind, reason }) => (kind === "held" || kind === "late") && reason !== "");
}

/** When the first data of the spans is; null where they begin with it, or have none. Before it nothing is known, and nothing is missing. */
export function firstData(spans: readonly CoverageSpan[]): number | null {
  const [first, second] = spans;
  return first?.kind === "not known" && second !== undefined ? first.to : null;
}

/** Spans, and since when the rig that they are of is silent, as a clock shows it; null where it is not. Of a silent one the last span may be at the rig. */
export interface ToldSpans {
  spans: CoverageSpan[];
  silentSince: string | null;
}

/** The spans as they are told of a rig that is silent: what follows its last data is not plainly "not known", the rig may hold it. */
export function withSilence(
  spans: readonly CoverageSpan[],
  { online, connected, seenAt }: Pick<RigSummary, "online" | "connected" | "seenAt">,
  timeText: (at: number) => string,
): ToldSpans {
  const last = spans.at(-1);
  if (online || connected || seenAt === null || last?.kind !== "not known")
    return { spans: [...spans], silentSince: null };
  const silentSince = timeText(seenAt);
  return { spans: [...spans.slice(0, -1), { ...last, reason: silenceWords(silentSince) }], silentSince };
}

function silenceWords(since: string): string {
  return `the rig may hold more; not heard from it since ${since}`;
}

/** The band in one sentence, for those who hear it. */
export function bandLabel({ spans: all, silentSince }: ToldSpans): string {
  const spans = firstData(all) === null ? all : all.slice(1);
  const missing = spans.filter(({ kind }) => kind === "missing" || kind === "edge down");
  const total = missing.reduce((sum, span) => sum + shownMs(span), 0);
  const silent = silentSince === null ? "" : `, ${silenceWords(silentSince)}`;
  const plain = silentSince === null ? spans : spans.slice(0, -1);
  const unknown = plain.reduce((sum, span) => sum + (span.kind === "not known" ? shownMs(span) : 0), 0);
  const doubt = unknown === 0 ? "" : `, ${spanText(unknown)} not known`;
  const thinned = thinnedOf(spans).reduce((sum, span) => sum + shownMs(span), 0);
  const less = thinned === 0 ? "" : `, ${spanText(thinned)} thinned`;
  const open = spans.some((span) => span.kind === "under way" && told(span)) ? ", some on its way" : "";
  const timeless = spans.some(({ kind }) => kind === "undated") ? ", some without a true time" : "";
  return missing.length === 0
    ? `nothing ${silent === "" ? "" : "known to be "}missing${less}${open}${timeless}${doubt}${silent}`
    : `${missing.length} missing, ${spanText(total)} in all${less}${open}${timeless}${doubt}${silent}`;
}
