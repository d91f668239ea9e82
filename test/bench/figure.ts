/** One measured number, under a name of the design's list. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it is set beside: a number measured in the same call, or a peer's as published, and its source. */
  reference: { what: string; value: number | null };
  /** value / reference; null where the reference is words. */
  ratio: number | null;
}

/** Where reference data lies; what needs it is left out aloud without. */
export interface Setting {
  dataDir: string;
  say(line: string): void;
}

/** A group of figures that are measured together. */
export interface Group {
  name: string;
  run(setting: Setting): Promise<Figure[]>;
}

export function figure(name: string, value: number, unit: string, what: string, reference: number | null): Figure {
  return {
    name,
    value,
    unit,
    reference: { what, value: reference },
    ratio: reference === null ? null : value / reference,
  };
}

/** The p-th percentile (0 to 1) of some durations. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
