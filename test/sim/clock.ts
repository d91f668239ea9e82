/** Virtual time: what is to happen, in the order of its time; equal times in the order in which they were asked for. */
export class Clock {
  now = 0;
  private queue: { at: number; order: number; run: () => void }[] = [];
  private order = 0;

  after(ms: number, run: () => void): void {
    const entry = { at: this.now + Math.max(0, ms), order: this.order++, run };
    let low = 0;
    let high = this.queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.queue[middle];
      // Soonest last, so that taking it costs nothing.
      if (other !== undefined && (other.at > entry.at || (other.at === entry.at && other.order > entry.order)))
        low = middle + 1;
      else high = middle;
    }
    this.queue.splice(low, 0, entry);
  }

  /** Runs what is due up to `until`, at most `steps` of it; true when it got there. */
  runUntil(until: number, steps: number, afterEach: () => void): boolean {
    for (let i = 0; i < steps; i++) {
      const next = this.queue.at(-1);
      if (next === undefined || next.at > until) {
        this.now = until;
        return true;
      }
      this.queue.pop();
      this.now = next.at;
      next.run();
      afterEach();
    }
    return false;
  }
}
