import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Disk, mountsMissing, openDisk } from "../faults/mounts.ts";
import { type Blow, type Ground, inSeconds } from "./ground.ts";

const DISK_MB = 200;
const writeback = "/proc/sys/vm/dirty_writeback_centisecs";
const FORGOTTEN_MS = 5_000;
const unsynced = pathToFileURL(join(import.meta.dirname, "..", "faults", "unsynced.ts")).href;

/** Power cuts of the rig's box, on a disk image; `prepare` puts the rig's folder there before anything runs, where this machine lets it. */
export interface Power {
  prepare(data: string): () => void;
  blow: Blow;
}

/**
 * `cheat`: the rig's disk confirms what it does not keep. Its journal does not sync, and believes that it does; where no power can be cut, the
 * journal is put back as it was some seconds before a kill.
 */
export function powerCuts(allowed: boolean, cheat: boolean): Power {
  let disk: Disk | null = null;
  let refused = allowed ? mountsMissing() : "not asked for";
  const blow: Blow = {
    name: "power",
    title: cheat
      ? "CHEAT: the rig's disk confirms what it does not keep, and its power goes while the link is silent"
      : "the rig's box loses power while the link is silent: what was not synced to its disk is gone",
    missing: () => (cheat ? null : refused),
    strikes: { quick: 1, full: 3 },
    async run(ground, strikes) {
      for (let strike = 0; strike < strikes; strike++) {
        if (disk === null) await forget(ground);
        else if (cheat) await cutUnsynced(ground, disk);
        else await cut(ground, disk);
      }
    },
  };
  return {
    blow,
    prepare(data) {
      if (refused !== null) return () => undefined;
      try {
        disk = keepingWriteback(() => openDisk(join(data, "edge"), join(data, "disk"), DISK_MB));
      } catch (error) {
        refused = error instanceof Error ? error.message : String(error);
      }
      return () => disk?.release();
    },
  };
}

/** An own disk has the kernel's write-back off, on the whole machine; that is nothing to do to a customer's, and in the seconds before a cut it writes nothing. */
function keepingWriteback(open: () => Disk): Disk {
  const before = readFileSync(writeback);
  try {
    return open();
  } finally {
    writeFileSync(writeback, before);
  }
}

async function cut(ground: Ground, disk: Disk): Promise<void> {
  const { stage, random, witness, tell, lasts } = ground;
  stage.mqtt.mode("silence");
  await sleep(2_500 + random.next() * lasts(8));
  // Stopped, so that what is noted is what there is.
  process.kill(stage.edge().pid, "SIGSTOP");
  witness.note();
  disk.cutPower();
  await stage.edge().end("SIGKILL");
  await stage.startEdge();
  tell("power cut; the rig's daemon runs again with what its disk has kept");
  stage.mqtt.mode("up");
  await ground.drain();
}

async function cutUnsynced(ground: Ground, disk: Disk): Promise<void> {
  const { stage, tell } = ground;
  await stage.edge().end();
  await stage.startEdge({ env: { NODE_OPTIONS: `--import=${unsynced}` } });
  await stage.allGood();
  await ground.drain();
  tell("the journal syncs nothing now, and says that it does");
  await cut(ground, disk);
}

const files = ["journal.db", "journal.db-wal", "journal.db-shm"];

/** What a disk leaves that confirmed the last seconds and did not keep them. */
async function forget(ground: Ground): Promise<void> {
  const { stage, witness, tell } = ground;
  const at = (name: string) => join(stage.scene.data, "edge", name);
  const earlier = (name: string) => join(stage.scene.data, `earlier-${name}`);
  stage.mqtt.mode("silence");
  process.kill(stage.edge().pid, "SIGSTOP");
  for (const file of files) if (existsSync(at(file))) cpSync(at(file), earlier(file));
  process.kill(stage.edge().pid, "SIGCONT");
  await sleep(FORGOTTEN_MS);
  witness.note();
  await stage.edge().end("SIGKILL");
  for (const file of files) {
    rmSync(at(file), { force: true });
    if (existsSync(earlier(file))) cpSync(earlier(file), at(file));
  }
  await stage.startEdge();
  tell(`kill -9 of the rig's daemon; of the last ${inSeconds(FORGOTTEN_MS)} its disk has kept nothing`);
  stage.mqtt.mode("up");
  await ground.drain();
}
