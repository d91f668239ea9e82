import { lastOf, type StreamKey } from "../../shared/wire/held.ts";
import { streams } from "../../shared/wire/names.ts";
import { holds } from "../../shared/wire/ranges.ts";
import type { Archive } from "./archive.ts";
import { type Frame, nameOf } from "./frame.ts";
import type { Rig } from "./rig.ts";
import { Broken, type World } from "./world.ts";

/** I2, I3, I6, I7 as far as they hold at every moment. I1 is checked where frames are freed, landings where they land. */
export function checkStep(world: World): void {
  world.steps++;
  const { archive } = world.cloud;
  if (archive.touched.size > 0) {
    for (const key of archive.touched) checkStream(archive, key);
    archive.touched.clear();
  }
  // Undefined with two machines under one name, and across a disk or an archive that was put back.
  const shown = archive.alarm;
  if (shown < world.shown && !world.reverted && world.clone === null && world.restores === 0)
    throw new Broken(`I6: the office goes back from alarm ${world.shown} to ${shown}`);
  world.shown = shown;
}

/** A frame is about to be stored: nobody made it up, and it is not there yet. */
export function checkLanding(world: World, frame: Frame): void {
  const { archive } = world.cloud;
  const name = nameOf(frame);
  if (!world.ledger.get(name)?.has(frame.content)) throw new Broken(`I3, I7: ${name} holds what was never committed`);
  if (archive.frames.has(name)) throw new Broken(`I2: ${name} was stored 2 times`);
  const other = archive.nameOfContent.get(frame.content);
  if (other !== undefined && archive.frames.has(other) && !mayBeTwice(world, frame.content))
    throw new Broken(`I3: ${name} and ${other} hold the same frame`);
}

/** What is held of a stream is what is stored of it, in order. */
function checkStream(archive: Archive, key: StreamKey): void {
  const held = archive.held.get(key) ?? [];
  for (const [i, range] of held.entries()) {
    const next = held[i + 1];
    if (range.first > range.last || (next !== undefined && next.first <= range.last))
      throw new Broken(`I3: ${key} overlaps`);
    for (let seq = range.first; seq <= range.last; seq++) {
      const has = archive.frames.has(`${key}/${seq}`);
      if (has !== (range.state === "stored")) throw new Broken(`I2: ${key}/${seq} is called ${range.state}`);
    }
  }
}

/**
 * A frame that moved is there twice where the archive was put back to before the other content of its old name, or where the rig
 * was put back to before the move and had evicted the first of the frames that moved with it: then it moves under another name.
 */
function mayBeTwice({ moves, restores }: World, content: number): boolean {
  const to = moves.get(content)?.size ?? 0;
  return to > 1 || (to > 0 && restores > 0);
}

/** Faults are over, the connection is up, and a while has passed. `sends` are those of the last moments. */
export function checkAtRest(world: World, sends: number): void {
  for (const key of world.cloud.archive.held.keys()) checkStream(world.cloud.archive, key);
  for (const rig of world.rigs) checkRig(rig, world);
  checkKnown(world);
  // Two machines under one name push each other out, and each connection has its empty batch.
  if (sends > (world.clone === null ? 4 : 20)) throw new Broken(`I5: ${sends} batches went while nothing was new`);
  if (world.sends > 40 + 12 * world.ledger.size)
    throw new Broken(`I5: ${world.sends} batches for ${world.ledger.size} frames`);
  const { rig, cloud } = world;
  if (!world.reverted && world.clone === null && rig.epoch.last.events > 0 && cloud.archive.alarm !== rig.alarm)
    throw new Broken(`I6: the office shows alarm ${cloud.archive.alarm}, the rig has ${rig.alarm}`);
}

/** What is on the disk is in the archive, and the rig knows. */
function checkRig(rig: Rig, { cloud }: World): void {
  if (rig.sender === null || cloud.receiver === null) throw new Broken("rest: a process is dead");
  for (const frame of rig.journal.frames.values()) {
    const name = nameOf(frame);
    const isOwed = rig.journal.owed.has(name);
    const isThere = cloud.archive.contentOf(name) === frame.content;
    // The first frame of an epoch's events never moves: where another was faster, it stays.
    if (!isThere && !(frame.stream === "events" && frame.seq === 1 && !isOwed)) {
      throw new Broken(
        isOwed
          ? `I2: ${name} is on the disk and not in the archive`
          : `I1: ${name} was freed and is not in the archive`,
      );
    }
    if (isOwed) throw new Broken(`I5: ${name} is stored and still owed`);
  }
}

/** Every name that was given is held in some state, but for what nobody remembers. */
function checkKnown({ cloud, ledger, restores, reverted }: World): void {
  const { archive } = cloud;
  for (const epoch of archive.allEpochs())
    for (const stream of streams) {
      const [hole] = archive.lacking(epoch, stream);
      if (hole !== undefined) throw new Broken(`I2: ${epoch}/${stream} lacks ${hole.first}..${hole.last}, in no state`);
    }
  // What a restored archive or an older disk takes along, nobody remembers.
  for (const name of restores > 0 || reverted ? [] : ledger.keys()) {
    const [epoch, stream, seq] = name.split("/");
    const held = archive.held.get(`${epoch}/${stream === "events" ? "events" : "telemetry"}`) ?? [];
    if (!holds(held, Number(seq)))
      throw new Broken(`I2: ${name} is nowhere (${lastOf(held)} is the last that is held)`);
  }
}
