import Database from "better-sqlite3";
import { isDamaged, isRefused } from "../../shared/node/disk-errors.ts";

/**
 * What was found not to be as it was written. "file": what all else hangs on, or the order of the file itself: it is set aside and salvaged as a whole.
 * The others are mended in place (see `mending.ts`).
 */
export type Damage =
  | { type: "file"; problem: string }
  /** A row of segments of a span. */
  | { type: "segment"; span: number; row: number }
  /** What says when a span's frames were made; its segments are void without it. */
  | { type: "span"; span: number }
  /** The minutes of a tag version and day; its hours too. */
  | { type: "minutes"; key: number }
  /** A waiting batch. */
  | { type: "tail"; no: number }
  /** Frames are held, and neither a span nor a waiting batch has them. */
  | { type: "lacking" }
  /** An index does not say what its table says. */
  | { type: "index" }
  /** Rows of a table that only repeat what other rows tell. */
  | {
      type: "repeated";
      table: "event" | "alarm" | "latest" | "frame_run" | "thinned_run" | "event_frame" | "damage" | "dating";
    };

/** Told of each damage that a reader comes upon; the answer goes on without what is damaged. */
export type Finds = (damage: Damage) => void;

/** A row is not as it was written and nothing can be said without it. */
export class ArchiveDamaged extends Error {
  readonly damage: Damage;

  constructor(damage: Damage, message: string) {
    super(message);
    this.damage = damage;
  }
}

/** The archive could not say it just now, told by another thread. */
export class ArchiveUnavailable extends Error {
  readonly isDamaged: boolean;

  constructor(message: string, damaged: boolean) {
    super(message);
    this.isDamaged = damaged;
  }
}

/** What was asked for is damaged. */
export function isDamageError(error: unknown): boolean {
  return (
    error instanceof ArchiveDamaged || isDamaged(error) || (error instanceof ArchiveUnavailable && error.isDamaged)
  );
}

/** Whether a database could not do what it was asked, not whoever asked. */
export function isStorageError(error: unknown): boolean {
  if (error instanceof ArchiveUnavailable || isDamageError(error)) return true;
  return error instanceof Database.SqliteError && isRefused(error);
}

/** Whether a value is at fault that a table does not take, and neither the disk nor the file nor our own order of things. */
export function isOfContent(error: unknown): boolean {
  if (error instanceof Database.SqliteError) return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(error.code);
  return error instanceof RangeError || error instanceof TypeError;
}

/** Whether it is the disk or the file that failed, and not a value that a table does not take. */
export function isOfStorage(error: unknown): boolean {
  if (error instanceof ArchiveDamaged || error instanceof ArchiveUnavailable) return true;
  return error instanceof Database.SqliteError && !isOfContent(error);
}

/** Of a row that names or counts what others hang on. */
export function damagedRow(table: string, which: string | number): ArchiveDamaged {
  const problem = `archive: ${table} ${which} is not as it was written`;
  return new ArchiveDamaged({ type: "file", problem }, problem);
}

/** The name of a damage: the same thing found again is one. */
export function nameOfDamage(damage: Damage): string {
  return JSON.stringify(damage);
}

/** What a reader came upon since it opened the file: answers say that it is damaged until it is mended. */
export interface Found {
  finds: Finds;
  /** Keys of spans of which something is damaged, and numbers of waiting batches that are. */
  spans: ReadonlySet<number>;
  tails: ReadonlySet<number>;
}

/** `tell` hears of each damage once. */
export function foundOf(tell: Finds): Found {
  const told = new Set<string>();
  const spans = new Set<number>();
  const tails = new Set<number>();
  return {
    spans,
    tails,
    finds(damage) {
      const name = nameOfDamage(damage);
      if (told.has(name)) return;
      told.add(name);
      if (damage.type === "segment" || damage.type === "span") spans.add(damage.span);
      if (damage.type === "tail") tails.add(damage.no);
      tell(damage);
    },
  };
}
