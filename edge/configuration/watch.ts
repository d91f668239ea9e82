import { watch } from "node:fs";
import { dirname } from "node:path";
import { openDying } from "../../shared/node/died.ts";
import { every } from "../../shared/node/every.ts";

/** An editor writes in several steps; one look after them is enough. */
const SETTLE_MS = 200;

/**
 * Calls `look` soon after anything happened in the file's folder (editors replace files by rename, and a file may be a link that is turned), and every
 * `pollMs` besides, since not every file system tells. Never two at once. Rejects when `look` does; ends when aborted.
 */
export async function watchFile(
  path: string,
  look: () => Promise<void>,
  { pollMs, signal }: { pollMs: number; signal: AbortSignal },
): Promise<void> {
  let soon: NodeJS.Timeout | undefined;
  const { died, fail } = openDying();
  function touched(): void {
    clearTimeout(soon);
    soon = setTimeout(() => void look().catch(fail), SETTLE_MS);
  }
  try {
    const watcher = watch(dirname(path), { signal, persistent: false }, touched);
    watcher.on("error", () => watcher.close()); // the poll goes on
  } catch {
    // A folder that is not there, or no watches left on this machine: the poll remains.
  }
  signal.addEventListener("abort", () => clearTimeout(soon));
  async function poll(): Promise<void> {
    for await (const _ of every(pollMs, signal)) await look();
  }
  await Promise.race([poll(), died]);
}
