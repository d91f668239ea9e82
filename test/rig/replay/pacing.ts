/**
 * When rows are due (ms, on the clock of `start`): as far apart as their times are, divided by `speed`. A time that
 * steps back, or is none, waits for nothing; a row of the same type stays at least `dwellMs`.
 */
export function pacing(speed: number, dwellMs: number, start: number): (record: string, time: number) => number {
  const freeAt = new Map<string, number>();
  let first = Number.NaN;
  let latest = Number.NEGATIVE_INFINITY;
  let last = start;
  return (record, time) => {
    if (!Number.isNaN(time)) {
      if (Number.isNaN(first)) first = time;
      latest = Math.max(latest, time);
    }
    const byClock = Number.isNaN(first) ? start : start + (latest - first) / speed;
    // In file order, whatever the clock says.
    last = Math.max(last, byClock, freeAt.get(record) ?? start);
    freeAt.set(record, last + dwellMs);
    return last;
  };
}
