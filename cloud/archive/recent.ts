/** A small memory of what was read last, by key: at most `most` units of weight. */
export interface Recent<Key, Value> {
  get(key: Key, read: () => Value | undefined): Value | undefined;
}

export function recentOf<Key, Value>(most: number, weightOf: (value: Value) => number): Recent<Key, Value> {
  const values = new Map<Key, Value>();
  let weight = 0;
  return {
    get(key, read) {
      const known = values.get(key);
      if (known !== undefined) {
        values.delete(key);
        values.set(key, known);
        return known;
      }
      const value = read();
      if (value === undefined) return undefined;
      values.set(key, value);
      weight += weightOf(value);
      for (const [oldest, old] of values) {
        if (weight <= most || oldest === key) break;
        values.delete(oldest);
        weight -= weightOf(old);
      }
      return value;
    },
  };
}
