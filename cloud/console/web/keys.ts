import { useEffect, useRef } from "preact/hooks";

/** Keys and what they do; a pair like "g f" is pressed one after the other. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const pairMs = 1_000;
let newest = { key: "", at: 0 };
let before = newest;

/** Acts on keys while its component is shown; not while somebody types, and not with Ctrl, Alt or Meta. */
export function useKeys(keys: Keys): void {
  const acts = useRef(keys);
  acts.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
      const pair = event.timeStamp - before.at < pairMs ? `${before.key} ${event.key}` : "";
      const act = acts.current[pair] ?? acts.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act(event);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** Remembers the key before this one, for pairs. Start once, before any page. */
export function followPairs(): void {
  const remember = ({ key, timeStamp }: KeyboardEvent) => {
    before = newest;
    newest = { key, at: timeStamp };
  };
  window.addEventListener("keydown", remember, { capture: true });
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}
