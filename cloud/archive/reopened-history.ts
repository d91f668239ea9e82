import Database from "better-sqlite3";
import { isDamaged } from "../../shared/node/disk-errors.ts";
import { ArchiveDamaged, type Finds, foundOf } from "./damage.ts";
import type { History } from "./history.ts";
import { openSqliteHistory } from "./sqlite-history.ts";

/** Questions to an archive whose file may be replaced, or not be there for a while: then they reject, and the next one tries again. */
export interface ReopenedHistory extends History {
  /**
   * The file was mended or replaced: what was open is closed, questions that follow see the new one. `stays`: it is kept open between questions. While
   * nothing can land it is not: a reader that found the disk read-only would keep this process's writer from it.
   */
  reopen(stays: boolean): void;
}

export function reopenedHistory(path: string, finds: Finds): ReopenedHistory {
  let open: History | null = null;
  let found = foundOf(finds);
  let stays = false;
  let asking = 0;
  const current = (): History => {
    open ??= openSqliteHistory(path, finds, found);
    return open;
  };
  /** Asks, and tells what damage stands in the way. */
  async function asked<T>(ask: (history: History) => Promise<T>): Promise<T> {
    asking++;
    try {
      return await ask(current());
    } catch (error) {
      if (error instanceof ArchiveDamaged) finds(error.damage);
      else if (isDamaged(error)) finds({ type: "file", problem: String(error) });
      else if (error instanceof Database.SqliteError) close();
      throw error;
    } finally {
      asking--;
      if (asking === 0 && !stays) close();
    }
  }
  const close = () => {
    open?.close();
    open = null;
  };
  return {
    rigs: () => asked((history) => history.rigs()),
    rig: (rig) => asked((history) => history.rig(rig)),
    tags: (rig) => asked((history) => history.tags(rig)),
    dictionary: (...given) => asked((history) => history.dictionary(...given)),
    latest: (rig) => asked((history) => history.latest(rig)),
    readings: (...given) => asked((history) => history.readings(...given)),
    buckets: (...given) => asked((history) => history.buckets(...given)),
    coverage: (...given) => asked((history) => history.coverage(...given)),
    events: (...given) => asked((history) => history.events(...given)),
    alarms: (rig) => asked((history) => history.alarms(rig)),
    counters: () => asked((history) => history.counters()),
    facts: () => asked((history) => history.facts()),
    reopen(staysNow) {
      stays = staysNow;
      found = foundOf(finds);
      close();
    },
    close,
  };
}
