import { describe, expect, test } from "vitest";
import { forge } from "./forgeries.ts";
import { clone } from "./misfortunes.ts";
import { restartInARow } from "./restarts.ts";
import { Script } from "./script.ts";
import type { DownMessage, UpMessage } from "./world.ts";

/** What broke earlier versions of the contract, one by one. Every invariant is checked after every step, and at rest. */

/** Takes the next message that fits out of the way and gives it back later. */
function holding(script: Script, wanted: (message: UpMessage | DownMessage) => boolean) {
  const held: (UpMessage | DownMessage)[] = [];
  script.drops = (message) => {
    const takes = wanted(message);
    if (takes) held.push(message);
    return takes;
  };
  return held;
}

const isBatch = (message: UpMessage | DownMessage) => message.kind === "batch";
const carries = (message: UpMessage | DownMessage) => message.kind === "batch" && message.frames.length > 0;

/** The office has heard of frames 4 to 6 of the epoch and has none of them; the rig owes them. */
function heardOf(script: Script) {
  script.delivered(3);
  const older = script.rig.journal.copy();
  script.rig.hangUp();
  script.ticks(3);
  script.drops = carries;
  script.deliver(3_000);
  script.drops = () => false;
  return { older, newer: script.rig.journal, epoch: script.rig.epoch.epoch };
}

describe("what broke the contract before", () => {
  test("1: what is lost below the watermark frees nothing", () => {
    const script = new Script();
    const { older, newer, epoch } = heardOf(script);
    script.restart(older);
    script.delivered(2);
    expect(script.held(epoch, "lost")).toEqual([{ first: 4, last: 6 }]);
    script.restart(newer);
    script.ticks(1);
    script.settle();
    expect(script.held(epoch, "stored")).toEqual([{ first: 1, last: 6 }]);
  });

  test("2: a machine reverted while it ran gives names twice: the frames that differ move, and another epoch begins", () => {
    const script = new Script();
    script.delivered(3);
    const copy = script.rig.journal.copy();
    const { epoch } = script.rig.epoch;
    script.delivered(3);
    script.restart(copy, epoch);
    script.ticks(4);
    script.deliver();
    expect(script.rig.epoch.epoch).not.toBe(epoch);
    script.settle();
    expect(script.world.conflicts).toBe(1);
    const [moved] = script.rig.journal.epochs.filter((each) => each.moved);
    expect(moved?.last).toEqual({ telemetry: 3, events: 1 });
    expect(script.held(moved?.epoch ?? "", "stored")).toEqual([{ first: 1, last: 3 }]);
  });

  test("3: of an old disk that is put back, what nobody will ever send is lost, not awaited", () => {
    const script = new Script();
    const { older, epoch } = heardOf(script);
    script.restart(older);
    script.ticks(1);
    script.settle();
    expect(script.held(epoch, "lost")).toEqual([{ first: 4, last: 6 }]);
  });

  test.each(["batch", "receipt"] as const)("4: the last %s of a lane is lost: an empty batch finds out", (what) => {
    const script = new Script();
    script.delivered(2);
    const lost = holding(
      script,
      (message) => lost.length === 0 && (what === "batch" ? carries(message) : message.kind === what),
    );
    script.delivered(1);
    expect(lost).toHaveLength(1);
    script.world.pass(20_000);
    expect(script.rig.journal.isClear()).toBe(true);
    script.settle();
  });

  test("5: a hello is lost inside a living connection: it is said again", () => {
    const script = new Script();
    const lost = holding(script, (message) => lost.length === 0 && message.kind === "hello");
    script.delivered(2);
    expect(script.hellos.length).toBeGreaterThan(1);
    expect(new Set(script.hellos.map((each) => each.nonce)).size).toBe(script.hellos.length);
    expect(script.rig.journal.isClear()).toBe(true);
    script.settle();
  });

  test("6: receipts of a restored archive overtake the numbers that the rig has seen, and are not taken for its own", () => {
    const script = new Script();
    script.delivered(2);
    const copy = script.cloud.archive.copy();
    const { epoch } = script.rig.epoch;
    script.delivered(4);
    script.restore(copy);
    for (let i = 0; i < 10; i++) script.delivered(1);
    script.settle();
    expect(script.held(epoch, "stored")).toEqual([{ first: 1, last: 16 }]);
  });

  test("7: after a restore the rig offers again also what it had freed and does not name", () => {
    const script = new Script();
    const before = script.cloud.archive.copy();
    const { epoch } = script.rig.epoch;
    script.delivered(4);
    script.restart();
    script.delivered(2);
    script.restart();
    script.delivered(2);
    expect(script.hellos.at(-1)?.epochs.map((each) => each.epoch)).not.toContain(epoch);
    script.restore(before);
    script.settle();
    expect(script.held(epoch, "stored")).toEqual([{ first: 1, last: 4 }]);
  });

  test("8: a late receipt of an old incarnation frees nothing", () => {
    const script = new Script();
    script.delivered(2);
    const copy = script.cloud.archive.copy();
    const { epoch } = script.rig.epoch;
    const late = holding(script, (message) => message.kind === "receipt");
    script.delivered(2);
    script.drops = () => false;
    script.restore(copy);
    script.rig.hangUp();
    script.deliver(200);
    for (const message of late) if (message.kind === "receipt") script.rig.hear(message);
    expect(script.isOwed(epoch, 3) || script.stateOf(epoch, 3) === "stored").toBe(true);
    script.settle();
    expect(script.stateOf(epoch, 4)).toBe("stored");
  });

  test("9: the alarms of a dead branch don't win, however long its chain and however late its batch", () => {
    const script = new Script();
    script.delivered(1);
    const copy = script.rig.journal.copy();
    for (let i = 0; i < 3; i++) {
      script.restart();
      script.ticks(1);
      script.rig.making.raiseAlarm();
      script.deliver();
    }
    const late = holding(
      script,
      (message) => message.kind === "batch" && message.header.lane === "events" && carries(message),
    );
    script.rig.making.raiseAlarm();
    script.world.pass(1_000);
    script.drops = () => false;
    script.restart(copy);
    script.rig.alarm = 1;
    script.delivered(1);
    expect(late.length).toBeGreaterThan(0);
    for (const message of late) if (message.kind === "batch") script.cloud.receive(message);
    script.world.pass(1_000);
    expect(script.cloud.archive.alarm).toBe(1);
    script.settle();
  });

  test("10: an alarm that is open in the office and unknown to the new epoch is closed by its record", () => {
    const script = new Script();
    script.delivered(1);
    for (let i = 0; i < 3; i++) script.rig.making.raiseAlarm();
    script.deliver();
    expect(script.cloud.archive.alarm).toBe(3);
    script.world.reverted = true; // The one alarm of the simulation only counts up otherwise.
    script.rig.alarm = 0;
    script.restart();
    script.delivered(1);
    expect(script.cloud.archive.alarm).toBe(0);
    script.settle();
  });

  test("11: a key that is not this rig's changes nothing and frees nothing", () => {
    const script = new Script();
    const foreign = script.world.random.id();
    const caught = holding(script, isBatch);
    script.delivered(2);
    script.drops = () => false;
    expect(caught.length).toBeGreaterThan(0);
    for (const message of caught) if (message.kind === "batch") script.cloud.receive({ ...message, signedBy: foreign });
    script.world.pass(100);
    expect(script.cloud.aside).toBe(caught.length);
    expect(script.cloud.archive.streams).toHaveLength(0);
    script.settle();
  });

  test("12: a batch that waits while its key is revoked does not land", () => {
    const script = new Script();
    script.delivered(2);
    const { epoch } = script.rig.epoch;
    const waiting = holding(script, carries);
    script.delivered(2);
    script.drops = () => false;
    for (const message of waiting) if (message.kind === "batch") script.cloud.receive(message);
    script.world.liveKeys.delete(script.world.rigKey);
    script.world.rigKey = script.world.newKey();
    script.rig.hangUp();
    script.world.pass(100);
    expect(script.stateOf(epoch, 3)).toBeNull();
    script.restart();
    script.settle();
    expect(script.stateOf(epoch, 3)).toBe("stored");
  });

  test("13: nothing of an old epoch goes before the answer", () => {
    const script = new Script();
    script.ticks(4);
    script.restart();
    script.ticks(1);
    const sends = script.rig.sends;
    script.drops = (message) => message.kind === "answer";
    script.deliver(30_000);
    expect(script.rig.sends).toBe(sends);
    script.settle();
  });

  test("14: an answer that comes twice, or again after a newer one, changes nothing", () => {
    const script = new Script();
    const answers: DownMessage[] = [];
    script.drops = (message) => {
      if (message.kind === "answer") answers.push(message);
      return false;
    };
    script.delivered(3);
    script.rig.hangUp();
    script.delivered(3);
    const sends = script.rig.sends;
    for (const message of [...answers, ...answers]) script.rig.hear(message);
    script.world.pass(2_000);
    expect(script.rig.sends).toBe(sends);
    script.settle();
  });

  test("14: frames that moved once move to the same names after a second revert", () => {
    const script = new Script();
    script.delivered(3);
    const { epoch } = script.rig.epoch;
    const first = script.rig.journal.copy();
    script.delivered(2);
    script.restart(first, epoch);
    script.ticks(2);
    const second = script.rig.journal.copy();
    script.deliver(60_000);
    expect(script.world.conflicts).toBe(1);
    script.restart(second, epoch);
    script.settle();
    expect(script.world.conflicts).toBe(2);
    expect([...script.world.moves.values()].every((to) => to.size === 1)).toBe(true);
    expect(script.rig.journal.epochs.filter((each) => each.moved)).toHaveLength(1);
  });

  test("15: of a hello whose page is lost nothing is acted on", () => {
    const script = new Script();
    script.drops = carries;
    for (let i = 0; i < 6; i++) {
      script.ticks(1);
      script.restart();
    }
    script.ticks(1);
    const lost = holding(script, (message) => lost.length === 0 && message.kind === "hello");
    script.rig.connect();
    script.world.pass(500);
    expect(script.hellos.length).toBeGreaterThan(1);
    expect(script.cloud.archive.epochs.size).toBe(0);
    script.settle();
    expect(script.cloud.archive.epochs.size).toBe(7);
  });

  test("16: while a hash disagrees, freed frames on the rig's disk don't become lost", () => {
    const script = new Script();
    const { epoch } = script.rig.epoch;
    script.delivered(2);
    const before = script.cloud.archive.copy();
    script.delivered(4);
    script.restart();
    script.delivered(1);
    script.restart();
    script.delivered(1);
    script.restore(before);
    script.rig.hangUp();
    script.drops = carries;
    for (let i = 0; i < 40; i++) {
      script.deliver(100);
      expect(script.held(epoch, "lost")).toEqual([]);
    }
    script.settle();
    expect(script.held(epoch, "stored")).toEqual([{ first: 1, last: 6 }]);
  });

  test("17: the hash agrees again after an eviction", () => {
    const script = new Script();
    script.delivered(2);
    script.rig.hangUp();
    script.ticks(6);
    script.rig.making.evict();
    script.deliver();
    for (let i = 0; i < 3; i++) {
      script.restart();
      script.delivered(1);
    }
    expect(script.hellos.at(-1)?.epochs.length).toBeLessThanOrEqual(2);
    const said = script.hellos.length;
    script.rig.hangUp();
    script.deliver(2_000);
    expect(script.hellos.length).toBe(said + 1);
    script.settle();
  });

  test.each(["expired", "evicted under way"])("18: comparing ends over frames that are %s", (how) => {
    const script = new Script();
    script.delivered(3);
    const copy = script.rig.journal.copy();
    const { epoch } = script.rig.epoch;
    script.delivered(5);
    script.restart(copy, epoch);
    script.ticks(5);
    if (how === "expired") script.cloud.archive.expire(epoch, "telemetry", 6);
    else {
      script.deliver(3);
      script.rig.making.evict();
    }
    script.settle();
    expect(script.rig.journal.isClear()).toBe(true);
  });

  test("19: a run that ends in the middle of comparing leaves it to the next one", () => {
    const script = new Script();
    script.delivered(3);
    const early = { archive: script.cloud.archive.copy(), disk: script.rig.journal.copy() };
    const { epoch } = script.rig.epoch;
    script.delivered(3);
    const late = script.cloud.archive.copy();
    script.restore(early.archive);
    script.restart(early.disk, epoch);
    script.delivered(3);
    script.restart();
    script.delivered(1);
    script.restore(late);
    script.rig.hangUp();
    while (script.hellos.at(-1)?.halves.length === 0) script.deliver(1);
    expect(script.world.conflicts).toBe(0);
    script.restart();
    script.settle();
    expect(script.world.conflicts).toBe(1);
  });

  test("hello and receipt stay small however often the daemon was restarted", { timeout: 120_000 }, () => {
    const { epochs, named, helloBytes, receiptBytes } = restartInARow(500);
    expect(epochs).toBe(500);
    expect(named).toBeLessThanOrEqual(2);
    expect(helloBytes).toBeLessThan(400);
    expect(receiptBytes).toBeLessThan(250);
  });
});

describe("what happens at both ends", () => {
  test("tags that change while there is no connection: each frame goes under its own dictionary, and none before it", () => {
    const script = new Script();
    const { world, rig, cloud } = script;
    script.delivered(2);
    rig.hangUp();
    for (let i = 0; i < 3; i++) {
      script.ticks(2);
      world.newDictionary = true;
    }
    script.ticks(1);
    script.deliver(30_000);
    expect(cloud.withoutDictionary).toBe(0);
    expect(cloud.archive.dictionaries.size).toBe(4);
    expect(rig.journal.isClear()).toBe(true);
    script.settle();
  });

  test("frames whose dictionary the office lacks are dropped until the rig has written it again, then all come", () => {
    const script = new Script();
    const { rig, cloud } = script;
    script.delivered(2);
    cloud.archive.dictionaries.clear();
    for (let i = 0; i < 6; i++) script.delivered(1);
    expect(cloud.withoutDictionary).toBeGreaterThan(0);
    expect(rig.rewrites).toBe(1);
    script.settle();
    expect(script.held(rig.epoch.epoch, "stored")).toEqual([{ first: 1, last: 8 }]);
  });

  test("two daemons with one identity and one disk's copy: both get everything through, and the office is told of the fork", () => {
    const script = new Script();
    const { world, rig, cloud } = script;
    script.delivered(3);
    const copy = rig.journal.copy();
    script.restart();
    clone(world, copy);
    for (let i = 0; i < 5; i++) {
      for (const each of world.rigs) {
        each.making.tick();
        each.connect();
      }
      world.pass(4_000);
    }
    script.settle();
    expect(world.forks).toBe(1);
    expect(cloud.archive.count).toBe(world.names);
  });

  test("hellos, answers and receipts of somebody without a live key change nothing and free nothing", () => {
    const script = new Script();
    const { world, rig, cloud } = script;
    script.delivered(2);
    script.drops = carries;
    script.ticks(3);
    script.deliver(100);
    const before = {
      owed: [...rig.journal.owed],
      known: structuredClone(cloud.archive.epochs),
      hellos: script.hellos.length,
    };
    for (let i = 0; i < 30; i++) {
      forge(world);
      world.pass(10);
    }
    expect([...rig.journal.owed]).toEqual(before.owed);
    expect(cloud.archive.epochs).toEqual(before.known);
    expect(script.hellos).toHaveLength(before.hellos);
    expect(cloud.aside).toBeGreaterThan(5);
    expect(rig.aside).toBeGreaterThan(10);
    script.settle();
  });
});
