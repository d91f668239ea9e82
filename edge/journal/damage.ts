import Database from "better-sqlite3";
import type { z } from "zod";
import { WireError } from "../../shared/wire/bytes.ts";

/** What stands in the file cannot have been written so: the disk did not keep it. */
export class DamageError extends Error {
  override readonly name = "DamageError";
}

/** Parses what this program wrote into the file as JSON. Throws DamageError for anything else. */
export function parsed<Schema extends z.ZodType>(schema: Schema, json: string, what: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(json));
  } catch (cause) {
    throw new DamageError(`${what} does not read`, { cause });
  }
}

/** The file is no journal any more, or no whole one: to be set aside and read back as far as it goes. */
export function isDamage(error: unknown): error is Error {
  if (error instanceof DamageError || error instanceof WireError) return true;
  return (
    error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS|TOOBIG|MISMATCH)/.test(error.code)
  );
}

/** The same while a file is opened: whatever is wrong with its tables is damage too, since none but this program makes them. */
export function isDamageAtOpening(error: unknown): error is Error {
  return isDamage(error) || (error instanceof Database.SqliteError && error.code === "SQLITE_ERROR");
}
