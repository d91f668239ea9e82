import type { Log } from "../../shared/node/log.ts";
import type { SenderFacts } from "../../shared/wire/sender-facts.ts";
import type { RunRecord } from "./frames.ts";
import type { Reply } from "./worker.ts";

/** A file that was damaged and set aside. */
export interface Damage {
  file: string;
  /** ms UTC. */
  since: number;
  /** What reads of it is still being read back. */
  reading: boolean;
  /** Frames that were read back so far, and owed ones that are lost. */
  frames: number;
  lost: number;
}

export interface MendingParts {
  opened: Extract<Reply, { did: "open" }>;
  /** Reads the next piece of what was set aside back; null if it could not. */
  readBack(): Promise<Reply | null>;
  /** Opens the file and gives `take` what stands in it, before anything else is asked; null if it could not. */
  reopen(take: (reply: Reply | null) => void): Promise<void>;
  /** A new file and a new epoch begin. */
  begunAnew(): void;
  log: Pick<Log, "error"> | undefined;
  signal: AbortSignal;
}

/** The way of a journal that was damaged, or could not be opened, back to a whole one. */
export interface Mending {
  /** Opened, and nothing is left to be read back. */
  whole(): boolean;
  /** The file that was last set aside in this run, or is still read back; null where there is none. */
  damage(): Damage | null;
  /** See the journal's. */
  onWhole(whole: (facts: SenderFacts, record: RunRecord) => void, begunAnew: () => void): void;
  /** The file was set aside under this name. */
  beginAnew(file: string, why: string): void;
  /** Takes what a piece of reading back gave. */
  took(reply: Extract<Reply, { did: "read back" }>): void;
  /** Resolves when nothing is under way. */
  ended(): Promise<void>;
}

/** Begins at once where the file that was opened is not whole. */
export function openMending({ opened, readBack, reopen, begunAnew, log, signal }: MendingParts): Mending {
  const { opening, setAside, record, trouble } = opened;
  let damage = damageOf(setAside[0] ?? null);
  let whole = trouble === null && opening !== null && setAside.length === 0;
  let tellWhole = (_: SenderFacts, __: RunRecord): void => undefined;
  let tellAnew = (): void => undefined;
  let mending: Promise<void> | null = null;

  function soon(): void {
    mending ??= mend().finally(() => {
      mending = null;
      if (!whole && !signal.aborted) soon();
    });
    mending.catch(() => undefined); // The thread died: `died` tells.
  }

  /** Opens the file if it could not be, reads back what was set aside, and tells what stands in it then. */
  async function mend(): Promise<void> {
    for (let more = true; more; ) {
      const reply = await readBack();
      if (signal.aborted) return;
      more = reply?.did !== "read back" || reply.more;
    }
    await reopen((reply) => {
      if (reply?.did !== "open" || reply.opening === null || reply.setAside.length > 0) return;
      whole = true;
      if (damage !== null)
        log?.error(
          { ...damage },
          "what reads of the damaged journal is read back; gap events name what was owed and is lost",
        );
      tellWhole(reply.opening.facts, reply.record);
    });
  }

  // Whoever opens this has no turn to give before it returns.
  if (!whole) queueMicrotask(soon);

  return {
    whole: () => whole,
    damage: () => damage,
    onWhole(toldWhole, toldAnew) {
      [tellWhole, tellAnew] = [toldWhole, toldAnew];
      if (whole && opening !== null) tellWhole(opening.facts, record);
    },
    beginAnew(file, why) {
      log?.error(
        { file, why },
        "the journal's file was damaged and is set aside; a new one begins, what reads of the old is read back",
      );
      damage = damageOf(file);
      whole = false;
      begunAnew();
      tellAnew();
      soon();
    },
    took({ frames, lost, more }) {
      if (damage !== null) damage = { ...damage, frames, lost, reading: more };
    },
    async ended() {
      await mending?.catch(() => undefined);
    },
  };
}

function damageOf(file: string | null): Damage | null {
  return file === null ? null : { file, since: Date.now(), reading: true, frames: 0, lost: 0 };
}
