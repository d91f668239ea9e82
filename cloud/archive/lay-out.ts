import Database from "better-sqlite3";
import type { Sqlite } from "../../shared/node/sqlite.ts";

/** Large rows fill whole pages of any size but for the last; small pages leave less of that one empty, and a commit writes fewer bytes. */
export const PAGE_BYTES = 1_024;

/** Makes an archive's empty file. The size of a page is fixed with the first write, which must come before the file becomes WAL. */
export function layOut(path: string): void {
  const db: Sqlite = new Database(path);
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.exec("vacuum");
  db.close();
}
