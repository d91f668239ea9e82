import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { archiveSuite } from "../support/archive-suite.ts";

archiveSuite("SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  const path = join(folder, "archive.db");
  let archive = openSqliteArchive(path);
  const history = openSqliteHistory(path);
  return {
    archive,
    history,
    async again() {
      await archive.close();
      archive = openSqliteArchive(path);
      return archive;
    },
    async close() {
      history.close();
      await archive.close();
      rmSync(folder, { recursive: true });
    },
  };
});
