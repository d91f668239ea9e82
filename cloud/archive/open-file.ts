import { teachSeals } from "../../shared/node/seal.ts";
import { openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";

/** Opens an archive's file for reading, beside the process that writes it; throws while there is none. Not mapped into memory: there a bad sector ends the process. */
export function openArchiveFile(path: string): Sqlite {
  return teachSeals(openSqliteReader(path));
}
