import { sparkY } from "../../../shared/ui/spark.ts";

/** A number beside a small picture, with its middle at `y` px from the top. */
export interface ScaleLabel {
  value: number;
  y: number;
  isLimit: boolean;
}

/** The ends of what is drawn and the limit, each at its value's height; an end whose text would lie over the limit's is left out. `line`: px of a line of text. */
export function scaleLabels(
  drawn: readonly number[],
  limit: number | null,
  height: number,
  line: number,
): ScaleLabel[] {
  const all = limit === null ? drawn : [...drawn, limit];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const at = (value: number, isLimit: boolean): ScaleLabel => ({
    ...{ value, isLimit },
    y: Math.min(height - line / 2, Math.max(line / 2, sparkY(value, low, high, height))),
  });
  const marked = limit === null ? [] : [at(limit, true)];
  const ends = high === low ? [at(high, false)] : [at(high, false), at(low, false)];
  return [...marked, ...ends.filter(({ y }) => marked.every((one) => Math.abs(one.y - y) >= line))];
}
