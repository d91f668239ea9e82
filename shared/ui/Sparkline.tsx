import { sparkY } from "./spark.ts";

export interface SparklineProps {
  /** null breaks the line: gaps are never joined. */
  values: readonly (number | null)[];
  width: number;
  height: number;
  /** Drawn dashed. */
  limit?: number | null;
  /** Where it is normal, drawn behind. */
  band?: readonly [number, number] | null;
  /** No end dot, pale line. */
  stale?: boolean;
  /** What it shows, for those who hear it; and what stands there while it is empty. */
  label: string;
  empty?: string;
}

/** A small line without axes; its last good value has a dot. */
export function Sparkline({
  values,
  width,
  height,
  limit = null,
  band = null,
  stale = false,
  label,
  empty = "no values",
}: SparklineProps) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span class="sparkempty">{empty}</span>;
  const all = [...known, ...(limit === null ? [] : [limit]), ...(band ?? [])];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (i: number) => 2 + (i / Math.max(1, values.length - 1)) * (width - 8);
  const y = (value: number) => sparkY(value, low, high, height);
  const last = values.at(-1) ?? null;
  return (
    <svg
      class={`spark${stale ? " stale" : ""}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {band !== null && <path class="band" d={`M0 ${y(band[0])}H${width}V${y(band[1])}H0Z`} />}
      {limit !== null && <path class="limit" d={`M0 ${y(limit)}H${width}`} />}
      <path class="pen" d={pathOf(values, x, y)} />
      {last !== null && !stale && <path class="dot" d={`M${x(values.length - 1)} ${y(last)}h0`} />}
    </svg>
  );
}

function pathOf(values: readonly (number | null)[], x: (i: number) => number, y: (value: number) => number): string {
  let path = "";
  let down = false;
  for (const [i, value] of values.entries()) {
    if (value !== null) path += `${down ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    down = value !== null;
  }
  return path;
}
