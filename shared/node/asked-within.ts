/**
 * Asks with a bound: gives null where the answer is not there after `ms`. One question is under way at a time; who asks meanwhile waits for the same
 * answer, so that nothing piles up before somebody who is busy.
 */
export function askedWithin<T>(ask: () => Promise<T>, ms: number): () => Promise<T | null> {
  let underWay: Promise<T> | null = null;
  return async () => {
    if (underWay === null) {
      const asked = ask();
      underWay = asked;
      const done = () => {
        underWay = null;
      };
      // Whoever waits for it hears of its failure; behind the bound nobody does.
      asked.then(done, done);
    }
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), ms);
    try {
      return await Promise.race([underWay, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
