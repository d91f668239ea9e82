/** How a part tells that it died of a bug. */
export interface Dying {
  /** Never resolves. Rejects with the first cause that `fail` is given; nobody needs to listen. */
  died: Promise<never>;
  fail(cause: unknown): void;
}

export function openDying(): Dying {
  const { promise: died, reject: fail } = Promise.withResolvers<never>();
  died.catch(() => undefined); // A rejection that nobody waits for yet is no fault.
  return { died, fail };
}
