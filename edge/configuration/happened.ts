import type { HmiFault } from "../../shared/domain/hmi.ts";
import type { ConfigRead } from "./config.ts";

/** What the page can show. */
const MOST = 8;
/** A file that was saved longer ago has no part in this. */
const RECENT_MS = 24 * 3_600_000;

/** What happened since nothing was read, for people, oldest first. */
export interface Happened {
  add(text: string, at?: number): void;
  /** The file was read: when it was saved, if that is news, and what was found. */
  read(found: ConfigRead): void;
  list(): HmiFault["happened"];
  /** The rig runs: what follows is another story. */
  clear(): void;
}

export function openHappened(file: string): Happened {
  let all: HmiFault["happened"] = [];
  let savedAt: number | null = null;

  function add(text: string, at = Date.now()): void {
    if (all.at(-1)?.text === text) return;
    all = [...all, { at, text }].slice(-MOST);
  }

  return {
    add,
    read(found) {
      const now = Date.now();
      const saved = found.savedAt;
      const news = saved !== null && saved !== savedAt && saved <= now && now - saved < RECENT_MS;
      if (news) add(`${file} was saved`, Math.round(saved));
      savedAt = saved;
      const count = "errors" in found ? found.errors.length : 0;
      add(`${file} was read: ${count === 0 ? "no error" : count === 1 ? "1 error" : `${count} errors`}`, now);
    },
    list: () => [...all].sort((one, other) => one.at - other.at),
    clear() {
      all = [];
    },
  };
}
