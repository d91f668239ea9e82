import type { Id } from "../../shared/domain/id.ts";
import { sameChecksum } from "../../shared/wire/checksum.ts";
import { type HeldRange, lastOf } from "../../shared/wire/held.ts";
import type { LastSeqs } from "../../shared/wire/hello.ts";
import { streams } from "../../shared/wire/names.ts";
import { minus, rangesOf } from "../../shared/wire/ranges.ts";
import { type Shelf, sumOf } from "./archive.ts";
import { type Frame, nameOf } from "./frame.ts";
import type { Rig } from "./rig.ts";
import { Broken, type World } from "./world.ts";

/** I2, I3, I6, I7 as far as they hold at every moment. I1 is checked where frames are freed, landings where they land. */
export function checkStep(world: World): void {
  world.steps++;
  const { archive } = world.cloud;
  if (archive.touched.size > 0) {
    for (const shelf of archive.touched) checkChanges(shelf);
    archive.touched.clear();
  }
  // Undefined with two machines under one name, and across a disk or an archive that was put back.
  const shown = archive.alarm;
  if (shown < world.shown && !world.reverted && world.clone === null && world.restores === 0)
    throw new Broken(`I6: the office goes back from alarm ${world.shown} to ${shown}`);
  world.shown = shown;
}

/** The archive is about to believe that seqs were given: no more than were. */
export function checkKnowing(world: World, epoch: Id, known: LastSeqs): void {
  for (const stream of streams)
    if (known[stream] > world.lastGiven(epoch, stream))
      throw new Broken(`I7: ${epoch}/${stream}/${known[stream]} is called known and was never given`);
}

/** A frame is about to be stored: nobody made it up, and it is not there yet. */
export function checkLanding(world: World, frame: Frame): void {
  const { archive } = world.cloud;
  if (!world.wasCommitted(frame)) throw new Broken(`I3, I7: ${nameOf(frame)} holds what was never committed`);
  const before = archive.frameOf(frame.epoch, frame.stream, frame.seq);
  // An original takes the place of its own thinned frame.
  if (before !== undefined && (before.thinned === undefined || frame.thinned !== undefined))
    throw new Broken(`I2: ${nameOf(frame)} was stored 2 times`);
  if (before !== undefined && before.content !== frame.content)
    throw new Broken(`I3: ${nameOf(frame)} takes the place of what another one left`);
  if (before !== undefined) return;
  const other = archive.byContent.get(frame.content);
  if (other === undefined || mayBeTwice(world, frame.content)) return;
  if (archive.frameOf(other.epoch, other.stream, other.seq) !== undefined)
    throw new Broken(`I3: ${nameOf(frame)} and ${nameOf(other)} hold the same frame`);
}

/** A frame goes although backfill is held back: the office asked for it. */
export function checkAsked({ everAsked }: World, frame: Frame): void {
  // By its own clock, as long as no other is known.
  const isIn = (place: number) => everAsked.some(({ from, to }) => from <= place && place <= to);
  if (!isIn(frame.content) && !isIn(frame.undated ?? frame.content))
    throw new Broken(`I8: ${nameOf(frame)} goes while backfill is held back, and nobody asked for it`);
}

/** A request is done: what the disk had of its span when it was looked for is owed no more. */
export function checkDone({ journal }: Rig, found: readonly Frame[]): void {
  for (const frame of found)
    if (journal.isOwed(frame)) throw new Broken(`I8: a request is done, and ${nameOf(frame)} of it is owed`);
}

/**
 * What is held of a stream is what is stored of it, in order, as far as it changed: of the seqs that were stored or called
 * something else since the last look. What did not change was seen before; at rest all is looked at.
 */
function checkChanges(shelf: Shelf): void {
  checkOrder(shelf);
  const { held, checked, changed } = shelf;
  for (const seq of changed) checkSeq(shelf, seq);
  const before = new Set(checked);
  for (const range of held) {
    if (before.has(range)) continue;
    const same = checked.filter((each) => each.state === range.state);
    for (const { first, last } of minus([range], same)) for (let seq = first; seq <= last; seq++) checkSeq(shelf, seq);
  }
  for (const { first, last } of minus(checked, held))
    throw new Broken(`I2: ${nameOf({ ...shelf, seq: first })}..${last} was held and is forgotten`);
  shelf.checked = held;
  shelf.changed = [];
}

function checkOrder({ held, epoch, stream }: Shelf): void {
  let before: HeldRange | undefined;
  for (const range of held) {
    if (range.first > range.last || (before !== undefined && range.first <= before.last))
      throw new Broken(`I3: ${epoch}/${stream} overlaps`);
    before = range;
  }
}

/** Stored is what is there whole, thinned what is there in part, and nothing else is. */
function checkSeq(shelf: Shelf, seq: number): void {
  const state = shelf.held.find((each) => each.first <= seq && seq <= each.last)?.state;
  const frame = shelf.frames[seq];
  const isThere = frame === undefined ? state !== "stored" && state !== "thinned" : state === stateOf(frame);
  if (!isThere) throw new Broken(`I2: ${nameOf({ ...shelf, seq })} is called ${state ?? "nothing"}`);
}

function stateOf({ thinned }: Frame): "stored" | "thinned" {
  return thinned === undefined ? "stored" : "thinned";
}

/** All of it, with the sums. */
function checkStream(shelf: Shelf): void {
  checkOrder(shelf);
  for (let seq = 1; seq <= Math.max(lastOf(shelf.held), shelf.frames.length); seq++) checkSeq(shelf, seq);
  for (const range of shelf.held)
    if ((range.state === "stored" || range.state === "thinned") && !sameChecksum(range.checksum, sumOf(shelf, range)))
      throw new Broken(`I3: ${nameOf({ ...shelf, seq: range.first })}..${range.last} has another sum than is held`);
}

/** What the office has of a boot of which it knows the true time, it dates right. */
function checkDates({ cloud }: World, { frames }: Shelf): void {
  for (const frame of frames) {
    if (frame?.undated === undefined) continue;
    const date = cloud.archive.dateOf(frame);
    if (date !== null && date !== frame.content)
      throw new Broken(`I9: ${nameOf(frame)} is dated ${date}, and was made at ${frame.content}`);
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
  for (const shelf of world.cloud.archive.streams) {
    checkStream(shelf);
    checkDates(world, shelf);
  }
  for (const rig of world.rigs) checkRig(rig, world);
  checkKnown(world);
  // Two machines under one name push each other out, and each connection has its empty batch.
  if (sends > (world.clone === null ? 4 : 20)) throw new Broken(`I5: ${sends} batches went while nothing was new`);
  if (world.sends > 40 + 12 * world.names) throw new Broken(`I5: ${world.sends} batches for ${world.names} frames`);
  const { rig, cloud } = world;
  if (!world.reverted && world.clone === null && rig.epoch.last.events > 0 && cloud.archive.alarm !== rig.alarm)
    throw new Broken(`I6: the office shows alarm ${cloud.archive.alarm}, the rig has ${rig.alarm}`);
}

/**
 * A frame that was freed, whose archive was then put back to before it, and whose name another frame had from a machine put back
 * too: where that one's values are gone the cloud can't cut the range, and by the contract what is freed of it stays.
 */
function isPastComparing({ cloud, restores, reused }: World, { epoch, stream, seq }: Frame): boolean {
  if (restores === 0 || !reused) return false;
  const held = cloud.archive.held(epoch, stream);
  return held.some((each) => each.state === "expired" && each.first <= seq && seq <= each.last);
}

/** What is on the disk is in the archive, and the rig knows. */
function checkRig(rig: Rig, world: World): void {
  const { cloud } = world;
  if (rig.sender === null || cloud.receiver === null) throw new Broken("rest: a process is dead");
  for (const frame of rig.journal.frames) {
    const isOwed = rig.journal.owed.has(frame);
    // The first frame of an epoch's events never moves: where another was faster, it stays.
    const mayDiffer = !isOwed && ((frame.stream === "events" && frame.seq === 1) || isPastComparing(world, frame));
    if (!cloud.archive.has(frame) && !mayDiffer) {
      throw new Broken(
        isOwed
          ? `I2: ${nameOf(frame)} is on the disk and not in the archive`
          : `I1: ${nameOf(frame)} was freed and is not in the archive`,
      );
    }
    if (isOwed) throw new Broken(`I5: ${nameOf(frame)} is stored and still owed`);
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
  if (restores > 0 || reverted) return;
  for (const { epoch, stream, value: contents } of ledger.entries()) {
    const given = rangesOf(contents.flatMap((each, seq) => (each === undefined ? [] : [{ first: seq, last: seq }])));
    const [hole] = minus(given, archive.held(epoch, stream));
    if (hole === undefined) continue;
    const last = lastOf(archive.held(epoch, stream));
    throw new Broken(`I2: ${epoch}/${stream}/${hole.first} is nowhere (${last} is the last that is held)`);
  }
}
