import type { Sqlite } from "../../shared/node/sqlite.ts";
import { damagedRow } from "./damage.ts";
import { type SealedTable, soundSql } from "./schema.ts";

/** What all other rows hang on; small. */
const foundations: readonly SealedTable[] = ["rig", "epoch", "held", "tag_version", "dictionary"];

/** Throws ArchiveDamaged where a row of a table that all else hangs on is not as it was written. */
export function checkFoundations(db: Sqlite): void {
  for (const table of foundations) {
    const unsound = db
      .prepare(`select count(*) from ${table} where not (${soundSql(table)})`)
      .pluck()
      .get();
    if (unsound !== 0) throw damagedRow(table, `(${String(unsound)} rows)`);
  }
}
