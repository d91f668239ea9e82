import { existsSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SpendingRecord } from "./spending.ts";

/** The book of what was spent, in a file of its own. */
export interface SpendingFile {
  /** What the run before left; null where there was none. Throws where the file cannot be read. */
  read(): SpendingRecord | null;
  /** Replaces the file off the main thread; resolves once it is synced. One call at a time. */
  write(record: SpendingRecord): Promise<void>;
}

/** In the edge's own folder. */
export function openSpendingFile(folder: string): SpendingFile {
  const path = join(folder, "spending.json");
  return {
    read: () => (existsSync(path) ? SpendingRecord.parse(JSON.parse(readFileSync(path, "utf8"))) : null),
    async write(record) {
      const temporary = `${path}.new`;
      await withFile(temporary, "w", async (file) => {
        await file.writeFile(JSON.stringify(record));
        await file.sync();
      });
      await rename(temporary, path);
      await withFile(dirname(path), "r", (file) => file.sync());
    },
  };
}

async function withFile(
  path: string,
  flags: "w" | "r",
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
