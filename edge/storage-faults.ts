import type { StorageFaults } from "./alarms/storage.ts";
import type { JournalState } from "./journal/journal.ts";

/** What the journal says of itself, for people. */
export function journalFaults({ failed, damage }: JournalState): Omit<StorageFaults, "identity"> {
  return {
    failed: failed === null ? null : `Readings cannot be stored: ${failed.code}: ${failed.message}`,
    damaged:
      damage === null
        ? null
        : `The journal's file was damaged and is kept as ${damage.file}; what can be read of it is taken over, the rest is told as gaps`,
    mended: damage?.reading === false,
  };
}
