/** Something that is opened again by itself. */
export interface Opener<T> {
  /** Throws where it cannot be opened as it should. */
  open(): T;
  /** What does meanwhile, after `error`; throws on where nothing does. */
  otherwise(error: unknown): T;
  /** Whether what stood in the way has just gone, so that the next try need not wait. */
  isReady?(): boolean;
}

/** Milliseconds between two tries to open it as it should be. */
const TRY_MS = 5_000;

/**
 * An object that stands for what `open` gives. Where that throws, `otherwise` stands in for it, and whoever uses it later tries again by that, at most
 * every 5 s.
 */
export function reopening<T extends { close(): void }>({ open, otherwise, isReady = () => false }: Opener<T>): T {
  let asItShould = true;
  let triedAt = performance.now();
  const first = (): T => {
    try {
      return open();
    } catch (error) {
      asItShould = false;
      return otherwise(error);
    }
  };
  let current = first();
  const now = (): T => {
    if (asItShould || (performance.now() - triedAt < TRY_MS && !isReady())) return current;
    triedAt = performance.now();
    let opened: T;
    try {
      opened = open();
    } catch {
      // Said when it began; it is tried again.
      return current;
    }
    asItShould = true;
    current.close();
    current = opened;
    return current;
  };
  return new Proxy(current, { get: (_target, name) => Reflect.get(now(), name) });
}
