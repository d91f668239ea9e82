/** Counts what is under way by source and in all, so that nobody takes all the room and nothing grows without end. */
export interface Bound {
  /** Lets one more in and gives the way to let it out again (once, however often it is called); null where there is no room. */
  enter(source: string): (() => void) | null;
  readonly inAll: number;
}

export function boundOf({ each, all }: { each: number; all: number }): Bound {
  const bySource = new Map<string, number>();
  let inAll = 0;
  return {
    get inAll() {
      return inAll;
    },
    enter(source) {
      const before = bySource.get(source) ?? 0;
      if (inAll >= all || before >= each) return null;
      bySource.set(source, before + 1);
      inAll++;
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        inAll--;
        const left = (bySource.get(source) ?? 1) - 1;
        if (left === 0) bySource.delete(source);
        else bySource.set(source, left);
      };
    },
  };
}
