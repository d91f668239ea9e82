import { join } from "node:path";
import { type FileContent, openHashedFile } from "../../shared/node/hashed-file.ts";
import { SpendingRecord } from "./spending.ts";

/** The book of what was spent, in a file of its own. */
export interface SpendingFile {
  /** What the run before left; null where there was none. Throws where the disk does not give it. */
  read(): FileContent<SpendingRecord> | null;
  /** Replaces the file off the main thread; resolves once it is synced. One call at a time. */
  write(record: SpendingRecord): Promise<void>;
}

/** In the edge's own folder. */
export function openSpendingFile(folder: string): SpendingFile {
  const file = openHashedFile(join(folder, "spending.json"), SpendingRecord);
  return { read: file.read, write: file.writeLater };
}
