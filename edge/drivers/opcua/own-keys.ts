import { createPrivateKey, X509Certificate } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { open as openFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { isRefused } from "../../../shared/node/disk-errors.ts";
import { openTurns } from "../../../shared/node/in-turn.ts";
import type { Log } from "../../../shared/node/log.ts";

/** The key and certificate with which OPC UA servers know this rig, and the servers it trusts. */
export interface OwnKeys {
  certificates: OPCUACertificateManager;
  /** Makes what the library has written stand after a power cut, once; rejects where the disk refuses. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Devices of a rig share the folder. */
const inTurn = openTurns();

/**
 * Opens the keys in `folder`, makes them where there are none. Damaged ones are set aside, and servers must trust the new certificate.
 * Where the disk takes no new ones they last until this process ends. Throws where neither is possible.
 */
export function openOwnKeys(folder: string, log: Log): Promise<OwnKeys> {
  return inTurn(async () => {
    try {
      setDamagedAside(folder, log);
      return await open(folder);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const passing = mkdtempSync(join(tmpdir(), "idrill-opcua-"));
      log.warn({ err: error, folder: passing }, "the disk takes no OPC UA keys: passing ones until the next start");
      if (existsSync(join(folder, "trusted")))
        cpSync(join(folder, "trusted"), join(passing, "trusted"), { recursive: true });
      const keys = await open(passing);
      return {
        ...keys,
        async close() {
          await keys.close();
          await rm(passing, { recursive: true, force: true });
        },
      };
    }
  });
}

async function open(rootFolder: string): Promise<OwnKeys> {
  const certificates = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: false });
  await certificates.initialize();
  const own = join(rootFolder, "own");
  let synced: Promise<void> | null = null;
  return {
    certificates,
    close: () => certificates.dispose(),
    sync() {
      synced ??= syncAll(own).catch((error: unknown) => {
        synced = null;
        throw error;
      });
      return synced;
    },
  };
}

/** A power cut soon after they were made can leave empty files, and the library uses them as they are. */
function setDamagedAside(folder: string, log: Log): void {
  const own = join(folder, "own");
  const damage = damageOf(own);
  if (damage === null) return;
  const kept = `${own}.damaged-${new Date().toISOString().replaceAll(":", "")}`;
  renameSync(own, kept);
  log.error(
    { err: damage, kept },
    "OPC UA keys are damaged and set aside: servers must trust this rig's new certificate",
  );
}

function damageOf(own: string): Error | null {
  try {
    for (const file of pemFiles(join(own, "private"))) createPrivateKey(file);
    for (const file of pemFiles(join(own, "certs"))) new X509Certificate(file);
    return null;
  } catch (error) {
    // A disk that does not give them now may later.
    if (isRefused(error)) throw error;
    return new Error(`the keys in ${own} can't be read`, { cause: error });
  }
}

function pemFiles(folder: string): Buffer[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pem"))
    .map((name) => readFileSync(join(folder, name)));
}

async function syncAll(own: string): Promise<void> {
  const within = await readdir(own, { recursive: true, withFileTypes: true });
  for (const path of [...within.map(({ parentPath, name }) => join(parentPath, name)), own]) {
    const file = await openFile(path, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
