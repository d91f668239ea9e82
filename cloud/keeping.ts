import { backoff } from "../shared/node/backoff.ts";
import { isDamaged } from "../shared/node/disk-errors.ts";
import type { Log } from "../shared/node/log.ts";
import type { Archive } from "./archive/archive.ts";
import { ArchiveDamaged, type Damage, nameOfDamage } from "./archive/damage.ts";
import type { Keeping } from "./archive/keeping.ts";
import type { RigAside } from "./archive/rigs-aside.ts";
import { salvage } from "./archive/salvage.ts";
import { damagedNewest } from "./archive/scrub.ts";
import { openSqliteArchive } from "./archive/sqlite.ts";
import { type CompactThread, startCompacting } from "./compact-thread.ts";
import type { Ingest } from "./ingest.ts";
import type { RigMessage } from "./source.ts";

interface Parts {
  path: string;
  /** Batches younger than this may wait for more of their hour, ms. */
  settleMs: number;
  /** Why nothing may land at all just now; null when it may. */
  barred(): string | null;
  /** Ingest before an archive that was just opened. */
  ingest(archive: Archive): Ingest;
  /** Takes what cannot land: it is shown at most. */
  show(message: RigMessage): Promise<void>;
  told(state: Keeping): void;
  log: Log;
}

/** Landing that outlives its archive's troubles. */
export interface Landing {
  /** Resolves once there is room for the next message; what cannot land is dropped without a receipt, so that its rig sends it again. */
  receive(message: RigMessage): Promise<void>;
  /** Something was found by another reader. */
  finds(damage: Damage): void;
  state(): Keeping;
  close(): Promise<void>;
}

/** Found so often, a damage is not one that mending in place ends. */
const OFTEN = 3;
/** Damages found within this time are mended together. */
const GATHER_MS = 200;

type End = { why: "closed" } | { why: "damaged" } | { why: "failed"; error: unknown };

/**
 *   open ──▶ lands ──▶ damage found ──▶ mended, or the file set aside and salvaged ──▶ open, a new incarnation
 *    ▲         └─────▶ disk refuses ──▶ nothing lands, nothing is receipted; wait ──▶ newest rows verified ─┐
 *    └──────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * It ends only when it is closed. Resolves after the first try to open.
 */
export async function keepLanding(parts: Parts): Promise<Landing> {
  const { path, log } = parts;
  const times = new Map<string, number>();
  const wait = backoff(1_000, 15_000);
  let found: Damage[] = [];
  let open: { archive: Archive; ingest: Ingest; compacting: CompactThread } | null = null;
  let ended = Promise.withResolvers<End>();
  let closing = false;
  const state: Keeping = {
    ...{ incarnation: null, problem: "the archive is being opened", waiting: 0, aside: [], refused: 0 },
    ...{ damages: 0, askedAgain: 0, setAside: [], scrubbed: null, at: Date.now() },
  };
  const tell = (change: Partial<Keeping>) => {
    Object.assign(state, change, { at: Date.now() });
    parts.told({ ...state });
  };

  function finds(damage: Damage): void {
    const name = nameOfDamage(damage);
    const often = (times.get(name) ?? 0) + 1;
    if (found.some((one) => nameOfDamage(one) === name) || often > OFTEN + 1) return;
    times.set(name, often);
    log.error({ damage }, "archive: something is not as it was written");
    found.push(often > OFTEN ? { type: "file", problem: `${name} was found ${often} times` } : damage);
    tell({ damages: state.damages + 1 });
    if (found.length === 1) setTimeout(() => ended.resolve({ why: "damaged" }), GATHER_MS);
  }

  function tellAside(aside: readonly RigAside[]): void {
    for (const { rig, problem } of aside) {
      const known = state.aside.some((one) => one.rig === rig && one.problem === problem);
      if (!known)
        log.error({ rig, problem }, "archive: what waits of this rig cannot be compacted; it stays as it landed");
    }
    tell({ aside });
  }

  function begin(): void {
    const archive = openSqliteArchive(path, finds);
    try {
      const ingest = parts.ingest(archive);
      const compacting = startCompacting(
        { path, settleMs: parts.settleMs },
        archive,
        (waiting) => {
          state.scrubbed = compacting.scrubbed();
          const aside = compacting.aside();
          if (aside !== state.aside) tellAside(aside);
          if (waiting !== state.waiting) tell({ waiting });
        },
        finds,
      );
      open = { archive, ingest, compacting };
      for (const { done } of [ingest, compacting])
        done.catch((error: unknown) => ended.resolve({ why: "failed", error }));
    } catch (error) {
      void archive.close();
      throw error;
    }
    log.info({ incarnation: archive.incarnation }, "archive: open");
    tell({ incarnation: archive.incarnation, problem: null });
  }

  /** Ends what is open. What it throws was told before, as the reason of the end. */
  async function end(): Promise<void> {
    const was = open;
    open = null;
    await Promise.allSettled([was?.ingest.close(), was?.compacting.close()]);
    await was?.archive.close().catch((error: unknown) => log.warn({ err: error }, "archive: not closed as it should"));
  }

  /** Nobody has the archive open. */
  async function mend(): Promise<void> {
    const damages = found;
    found = [];
    if (damages.every((damage) => damage.type !== "file")) {
      const archive = openSqliteArchive(path);
      const frames = await archive.mend(damages).finally(() => archive.close());
      tell({ askedAgain: state.askedAgain + frames });
      log.warn({ damages: damages.length, frames }, "archive: mended; rigs are asked for these frames again");
      return;
    }
    const { kept, rows, frames } = await salvage(path);
    tell({ setAside: [...state.setAside, kept], askedAgain: state.askedAgain + frames });
    log.error({ kept, rows, frames }, "archive: the damaged file is kept aside, what could be read is in a new one");
  }

  /** One life of an opening; gives how long to wait before the next. */
  async function live(): Promise<number> {
    ended = Promise.withResolvers<End>();
    const began = performance.now();
    let reason: End;
    try {
      const barred = parts.barred();
      if (barred !== null) {
        tell({ incarnation: null, problem: barred });
        return 1_000;
      }
      if (found.length === 0) {
        begin();
        first.resolve();
      }
      reason = found.length > 0 ? { why: "damaged" } : await ended.promise;
    } catch (error) {
      reason = { why: "failed", error };
    }
    if (reason.why === "closed") return 0;
    if (reason.why === "failed") found.push(...damagesOf(reason.error));
    tell({
      incarnation: null,
      problem: found.length > 0 ? "the archive is being mended" : "the archive does not take anything",
    });
    await end();
    // A disk that takes nothing for long is asked seldom.
    if (performance.now() - began > 60_000) wait.reset();
    try {
      if (found.length > 0) {
        await mend();
        return 0;
      }
      throw reason.why === "failed" ? reason.error : new Error("nothing is known to be damaged");
    } catch (error) {
      found.push(...damagesOf(error));
      log.error({ err: error }, "archive: nothing lands");
      tell({ problem: `the archive does not take anything: ${messageOf(error)}` });
      return wait.next();
    }
  }

  const first = Promise.withResolvers<void>();
  const stopped = (async () => {
    while (!closing) {
      const waitMs = await live();
      first.resolve();
      if (closing) break;
      await pause(waitMs);
      if (state.problem !== null && waitMs > 0) verify();
    }
    await end();
  })();
  let wake = () => {};
  function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const clock = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(clock);
      resolve();
    };
    return promise;
  }
  /** After a failed write nobody knows what of it is on the disk: the newest rows are read back before anything else lands. */
  function verify(): void {
    try {
      found.push(...damagedNewest(path));
    } catch (error) {
      found.push(...damagesOf(error));
    }
  }

  await first.promise;
  return {
    async receive(message) {
      const ingest = open?.ingest;
      if (ingest === undefined) {
        state.refused++;
        return parts.show(message);
      }
      // Where the archive fails under it, the message has no receipt and comes again.
      await ingest.receive(message).catch(() => void state.refused++);
    },
    finds,
    state: () => ({ ...state }),
    async close() {
      closing = true;
      ended.resolve({ why: "closed" });
      wake();
      await stopped;
    },
  };
}

/** What an error says is damaged in the archive; nothing where the disk only refuses, or the fault is ours. */
function damagesOf(error: unknown): Damage[] {
  if (error instanceof ArchiveDamaged) return [error.damage];
  // An archive that has failed says so to whoever comes next, and why.
  if (error instanceof Error && error.cause !== undefined && !isDamaged(error)) return damagesOf(error.cause);
  return isDamaged(error) ? [{ type: "file", problem: messageOf(error) }] : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
