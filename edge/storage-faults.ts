import type { StorageFaults } from "./alarms/storage.ts";
import type { JournalState } from "./journal/journal.ts";

/** What the journal says of itself, for people. */
export function journalFaults(
  state: Pick<JournalState, "failed" | "damage" | "doubts">,
): Omit<StorageFaults, "identity"> {
  const { failed, damage } = state;
  return {
    failed: failed === null ? null : `Readings cannot be stored: ${failed.code}: ${failed.message}`,
    damaged: damagedText(state),
    mended: damage?.reading !== true,
  };
}

function damagedText({ damage, doubts }: Pick<JournalState, "damage" | "doubts">): string | null {
  if (damage !== null)
    return `The journal's file was damaged and is kept as ${damage.file}; what can be read of it is taken over, the rest is told as gaps`;
  return doubts.length === 0 ? null : `Notes in the journal were damaged and are forgotten: ${doubts.join("; ")}`;
}
