import type { Archive } from "./archive.ts";
import { forge, forgeBatch, replay } from "./forgeries.ts";
import type { Journal } from "./journal.ts";
import { Rig } from "./rig.ts";
import type { World } from "./world.ts";

/** Asks for the faults of a run: how many of each, and when, by chance. */
export function misfortunes(world: World, until: number): void {
  const some = (count: number, run: () => void) => {
    for (let left = count; left > 0; left--)
      if (world.random.chance(left)) world.clock.after(world.random.next() * until, run);
  };
  const { options, rig, cloud } = world;
  some(options.cuts, () => rig.hangUp());
  some(options.evictions, () => rig.making.evict());
  some(options.expiries, () => expire(world));
  some(options.rotations, () => rotate(world));
  some(options.dictionaries, () => {
    world.newDictionary = true;
  });
  some(1, () => {
    world.wall += world.random.between(-7_200_000, 86_400_000);
  });
  some(1, () => forgeBatch(world));
  some(options.forgets, () => {
    cloud.archive.dictionaries.delete(world.random.pick([...cloud.archive.dictionaries]) ?? "");
  });
  some(options.forgeries, () => forge(world));
  some(options.replays, () => replay(world));
  some(options.requests, () => ask(world));
  some(options.holds, () => hold(world));
  some(options.restores, () => later(world, cloud.archive.copy(), (copy) => restore(world, copy)));
  some(options.oldDisks, () => later(world, rig.journal.copy(), (copy) => putBack(world, copy, false)));
  some(options.clones, () => later(world, rig.journal.copy(), (copy) => clone(world, copy)));
  some(options.undated, () => {
    rig.skew = world.random.between(-60, 20);
  });
  some(options.undated, () => rig.making.date());
  some(options.thinnings, () => rig.making.thin());
  some(options.reverts, () => later(world, rig.journal.copy(), (copy) => putBack(world, copy, true)));
}

function expire(world: World): void {
  const { archive, receiver } = world.cloud;
  const shelf = world.random.pick(archive.streams);
  if (shelf === undefined || receiver === null) return;
  archive.expire(shelf.epoch, shelf.stream, world.random.between(1, 20));
}

/** The office asks for any span, short or long, for few bytes or many. */
function ask(world: World): void {
  const { random } = world;
  const from = random.between(0, 60);
  const [to, repair] = [from + random.between(0, 40), random.chance(0.5)];
  world.ask({ from, to, repair, maxBytes: random.between(200, 5_000), ms: random.between(1_000, 60_000) });
}

/** For a while the link's policy lets no backfill go. */
function hold(world: World): void {
  world.holdBackfill(true);
  world.clock.after(world.random.between(1_000, 20_000), () => {
    if (world.faulty) world.holdBackfill(false);
  });
}

function later<T>(world: World, copy: T, run: (copy: T) => void): void {
  world.clock.after(world.random.between(500, Math.min(20_000, Math.max(1_000, 250 * world.options.seconds))), () => {
    if (world.faulty) run(copy);
  });
}

function restore(world: World, copy: Archive): void {
  world.cloud.crash();
  world.cloud.archive = copy;
  world.restores++;
}

function putBack(world: World, copy: Journal, same: boolean): void {
  const { rig } = world;
  const epoch = copy.epochs.some((each) => each.epoch === rig.epoch.epoch) ? rig.epoch.epoch : null;
  rig.crash();
  rig.journal = copy;
  world.reverted = true;
  world.reused ||= same;
  if (same && epoch !== null) rig.start(epoch);
}

/** A second machine starts with a copy of the disk, and both go on. */
export function clone(world: World, copy: Journal): void {
  if (world.clone !== null) return;
  world.clone = new Rig(world);
  world.clone.journal = copy;
  world.clone.alarm = world.rig.alarm;
  world.clone.start();
}

/** The rig gets another key and restarts with it; the old one is revoked. */
function rotate(world: World): void {
  const old = world.rigKey;
  world.rigKey = world.newKey();
  world.liveKeys.delete(old);
  world.cloud.receiver?.step({ type: "revoked", now: 0, key: old });
  for (const rig of world.rigs) rig.crash();
}
