import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fleet, openFleet } from "../../cloud/fleet/fleet.ts";
import { type IngestThread, startIngest } from "../../cloud/ingest-thread.ts";

/** The cloud's broker and ingest in their thread, with an archive of their own. */
export interface BenchOffice {
  folder: string;
  fleet: Fleet;
  ingest: IngestThread;
  /** Of the broker. */
  port: number;
  archivePath: string;
  close(): Promise<void>;
}

/** Starts them in a temporary folder, which goes at `close`. */
export async function openBenchOffice(): Promise<BenchOffice> {
  const folder = mkdtempSync(join(tmpdir(), "idrill-bench-"));
  const [archivePath, fleetPath] = [join(folder, "archive.db"), join(folder, "fleet.db")];
  const fleet = openFleet(fleetPath);
  const ingest = await startIngest(
    { archivePath, fleetPath, host: "127.0.0.1", port: 0, version: "bench" },
    () => undefined,
  );
  return {
    folder,
    fleet,
    ingest,
    archivePath,
    port: ingest.port ?? 0,
    async close() {
      await ingest.close();
      fleet.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Waits until something holds, looking every 20 ms; throws after `seconds`. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
