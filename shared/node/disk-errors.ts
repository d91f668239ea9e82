import Database from "better-sqlite3";

/** SQLite found that a file, or a page of it, is not what it was: waiting does not help, a new file does. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_SHORT_READ)/.test(error.code);
}

/** The disk does not take or give what it should (full, read-only, failing): it may again later. */
export function isRefused(error: unknown): boolean {
  if (error instanceof Database.SqliteError)
    return /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|BUSY|PERM|NOMEM)/.test(error.code);
  return ["ENOSPC", "EROFS", "EIO", "EDQUOT", "EACCES", "ENOENT"].includes(codeOf(error));
}

/** The disk is full or read-only, so that nobody can write there; a lock that another process holds is not meant. */
export function takesNoWrite(error: unknown): boolean {
  return /^(SQLITE_READONLY|SQLITE_FULL|EROFS$|ENOSPC$|EDQUOT$)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
