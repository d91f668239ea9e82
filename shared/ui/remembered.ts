import { effect, type Signal, signal } from "@preact/signals";

/** A choice that this browser remembers under a key; `usual` until one of the words was chosen. Where storage is forbidden nothing is remembered, and the screen works without. */
export function remembered<T extends string>(key: string, usual: T, words: readonly T[]): Signal<T> {
  const value = signal<T>(words.find((word) => word === read(key)) ?? usual);
  effect(() => write(key, value.value));
  return value;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not remembered: see above.
  }
}
