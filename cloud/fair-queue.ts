/** What waits, by whom it is from: taken from each in turn, in the order in which each one's came. */
export interface FairQueue<T> {
  push(from: string, item: T): void;
  /** The next ones, at most so many; they still wait. */
  next(most: number): T[];
  /** Ends the wait of the first so many that `next` gave; who was taken from is last in the next turn. */
  take(count: number): void;
  readonly size: number;
}

export function openFairQueue<T>(): FairQueue<T> {
  const queues = new Map<string, T[]>();
  let given: string[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    push(from, item) {
      const queue = queues.get(from);
      if (queue === undefined) queues.set(from, [item]);
      else queue.push(item);
      size++;
    },
    next(most) {
      const items: T[] = [];
      given = [];
      for (let round = 0, before = -1; items.length < most && items.length > before; round++) {
        before = items.length;
        for (const [from, queue] of queues) {
          const item = queue[round];
          if (item === undefined || items.length >= most) continue;
          items.push(item);
          given.push(from);
        }
      }
      return items;
    },
    take(count) {
      const taken = new Map<string, number>();
      for (const from of given.splice(0, count)) taken.set(from, (taken.get(from) ?? 0) + 1);
      for (const [from, many] of taken) {
        const queue = queues.get(from) ?? [];
        queues.delete(from);
        size -= queue.splice(0, many).length;
        if (queue.length > 0) queues.set(from, queue);
      }
      given = [];
    },
  };
}
