import { useEffect, useRef } from "preact/hooks";

/** Keys and what they do; a pair like "g f" is pressed one after the other. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const pairMs = 1_000;
let before = { key: "", at: 0 };

/** Acts on keys while its component is shown; not while somebody types, and not with Ctrl, Alt or Meta. */
export function useKeys(keys: Keys): void {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
      const pair = event.timeStamp - before.at < pairMs ? `${before.key} ${event.key}` : "";
      const act = newest.current[pair] ?? newest.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act(event);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** Remembers the last key for pairs. Start once, before any page. */
export function followPairs(): void {
  window.addEventListener("keyup", ({ key, timeStamp }) => {
    before = { key, at: timeStamp };
  });
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}
