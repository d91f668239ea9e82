import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { isRefused } from "../shared/node/disk-errors.ts";
import type { Log } from "../shared/node/log.ts";
import type { Opener } from "../shared/node/reopening.ts";
import { type Auth, openAuth } from "./auth/auth.ts";
import { type Fleet, openFleet } from "./fleet/fleet.ts";

/** The lock of the folder is not held: nothing in it may be written. */
class UnlockedError extends Error {
  override readonly name = "UnlockedError";
}

/** Why the folder may not be written to yet; null where it may. */
type Unlocked = () => string | null;

/** Fleet.db; read-only, as it was, while the disk takes nothing or the folder is not locked for this process. */
export function fleetOpener(path: string, unlocked: Unlocked, log: Log): Opener<Fleet> {
  return {
    ...onceLocked(unlocked, () => openFleet(path)),
    otherwise: (error) => asItWas(path, error, log, (copy) => openFleet(copy, { readOnly: true })),
  };
}

/** People.db; read-only, as it was, while the disk takes nothing or the folder is not locked for this process. */
export function authOpener(path: string, unlocked: Unlocked, log: Log): Opener<Auth> {
  return {
    ...onceLocked(unlocked, () => openAuth(path)),
    otherwise: (error) => asItWas(path, error, log, (copy) => openAuth(copy, Date.now, { readOnly: true })),
  };
}

/** What stands in for it until the lock is held knows nothing of what changes then: it is opened in earnest at once. */
function onceLocked<T>(unlocked: Unlocked, open: () => T): Pick<Opener<T>, "open" | "isReady"> {
  let waits = false;
  return {
    open() {
      const problem = unlocked();
      waits = problem !== null;
      if (problem !== null) throw new UnlockedError(problem);
      return open();
    },
    isReady: () => waits && unlocked() === null,
  };
}

/**
 * Reads a small database that cannot be opened where it lies: SQLite wants to write beside it even to read it. Throws on where the disk did not
 * refuse, or there is nothing to read.
 */
function asItWas<T extends { close(): void }>(path: string, error: unknown, log: Log, open: (copy: string) => T): T {
  if (!(isRefused(error) || error instanceof UnlockedError) || !existsSync(path)) throw error;
  log.error({ err: error, file: path }, "the disk takes nothing: a database is only read until it does");
  const folder = mkdtempSync(join(tmpdir(), "idrill-read-"));
  const copy = join(folder, basename(path));
  try {
    for (const end of ["", "-wal"]) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
    const opened = open(copy);
    return {
      ...opened,
      close() {
        opened.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}
