import { lastOf } from "../../shared/wire/held.ts";
import { type SeqRange, streams } from "../../shared/wire/names.ts";
import { holds } from "../../shared/wire/ranges.ts";
import { nameOf } from "./frame.ts";
import { Broken, type World } from "./world.ts";

/** I2, I3, I6, I7 as far as they hold at every moment. I1 is checked where frames are freed. */
export function checkStep(world: World): void {
  // The whole archive now and then: it only changes by landing.
  if (++world.steps % 16 === 0) checkArchive(world);
  // Undefined across a disk or an archive that was put back.
  const shown = world.cloud.archive.alarm;
  if (shown < world.shown && !world.reverted && world.restores === 0)
    throw new Broken(`I6: the office goes back from alarm ${world.shown} to ${shown}`);
  world.shown = shown;
}

function checkArchive(world: World): void {
  const { archive } = world.cloud;
  for (const [name, frame] of archive.frames) {
    if (!world.ledger.get(name)?.has(frame.content)) throw new Broken(`I3, I7: ${name} holds what was never committed`);
    if (archive.landings.get(name) !== 1)
      throw new Broken(`I2: ${name} was stored ${archive.landings.get(name)} times`);
  }
  for (const [key, held] of archive.held) {
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
}

/** Faults are over, the connection is up, and a while has passed. `sends` are those of the last moments. */
export function checkAtRest(world: World, sends: number): void {
  checkArchive(world);
  checkRig(world);
  checkKnown(world);
  if (sends > 4) throw new Broken(`I5: ${sends} batches went while nothing was new`);
  if (world.rig.sends > 40 + 12 * world.ledger.size)
    throw new Broken(`I5: ${world.rig.sends} batches for ${world.ledger.size} frames`);
  const { rig, cloud } = world;
  if (!world.reverted && rig.epoch.last.events > 0 && cloud.archive.alarm !== rig.alarm)
    throw new Broken(`I6: the office shows alarm ${cloud.archive.alarm}, the rig has ${rig.alarm}`);
}

/**
 * After a revert with its names used again, what a range in conflict holds, and what stands on it, stays on the rig
 * (owed, seen, never freed).
 */
function checkRig({ rig, cloud, conflicts, reused, restores }: World): void {
  if (rig.sender === null || cloud.receiver === null) throw new Broken("rest: a process is dead");
  for (const frame of rig.journal.frames.values()) {
    const name = nameOf(frame);
    const stored = cloud.archive.contentOf(name);
    const isOwed = rig.journal.owed.has(name);
    const differs = stored !== frame.content;
    // Freed, lost by a restored archive, and then a late batch of another timeline under its name: the chain's hash finds it.
    if (reused && restores > 0 && stored !== undefined && differs) continue;
    if (differs && !isOwed) throw new Broken(`I1: ${name} was freed and is not in the archive`);
    // What expired may be beyond comparing: it stays owed, seen as unproven.
    if (conflicts > 0 || (isOwed && cloud.archive.expired.has(name))) continue;
    if (differs) throw new Broken(`I2: ${name} is on the disk and not in the archive`);
    if (isOwed) throw new Broken(`I5: ${name} is stored and still owed`);
  }
}

/** Every name that was given is held in some state, but for what nobody remembers. */
function checkKnown({ rig, cloud, ledger, restores, reverted, conflicts, settings }: World): void {
  const { archive } = cloud;
  for (const epoch of archive.allEpochs())
    for (const stream of streams) {
      const owed = (seq: number) => rig.journal.owed.has(nameOf({ epoch, stream, seq }));
      // Of an epoch that the rig does not name, what came late from a disk that is gone shows at its next start.
      const waits = (range: SeqRange) =>
        (conflicts > 0 && owed(range.first) && owed(range.last)) || (reverted && settings.alwaysNamed === 0);
      const hole = archive.lacking(epoch, stream).find((range) => !waits(range));
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
