import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Block } from "../shared/domain/reading.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import { openLog } from "../shared/node/log.ts";
import type { Probe } from "./drivers/driver.ts";
import { openDriver } from "./drivers/index.ts";

/** One address of a device, and what came of asking it. */
export type ProbedAddress = Probe & { device: string };

/** Asks each address of each device once, for a technician; nothing is kept. Keys of protocols that have some are made anew and thrown away. */
export async function* probeDevices({ devices }: RigConfig): AsyncGenerator<ProbedAddress> {
  const pkiFolder = mkdtempSync(join(tmpdir(), "probe-"));
  // What comes of it is all in the probes.
  const log = openLog("edge", "silent");
  const { signal } = new AbortController();
  try {
    for (const device of devices) {
      const driver = await openDriver(device, { firstTag: 0, pkiFolder, log });
      try {
        // The first read connects; what it brings stands in the probes again.
        await driver.read(new Block(), signal);
        for await (const found of driver.probe(signal)) yield { device: device.name, ...found };
      } finally {
        await driver.close();
      }
    }
  } finally {
    rmSync(pkiFolder, { recursive: true });
  }
}

/** "pumps rpm (unit 1 holding 4): 1200, 3 ms", or what to do where nothing came. */
export function probeLine({ device, tag, address, ok, raw, ms, advice }: ProbedAddress): string {
  return `${device} ${tag} (${address}): ${ok ? `${raw ?? ""}, ${Math.round(ms)} ms` : advice}`;
}
