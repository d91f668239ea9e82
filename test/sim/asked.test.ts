import { expect, test } from "vitest";
import { noChecksum } from "../../shared/wire/checksum.ts";
import type { HeldRange } from "../../shared/wire/held.ts";
import { merged } from "../../shared/wire/outcome.ts";
import type { Frame } from "./frame.ts";
import { Script } from "./script.ts";
import type { DownMessage, UpMessage } from "./world.ts";

/** What the office asks a rig for, with every check after every step. */

/** Only a cloud of a later version can read it, or any. */
function setOdd(frame: Frame, odd: boolean): void {
  frame.odd = odd;
  delete frame.sum;
}

/** A rig that made so many frames while no backfill may go, and was away. */
function holding(ticks: number) {
  const script = new Script();
  script.world.holdBackfill(true);
  script.ticks(ticks);
  for (const frame of script.rig.journal.frames) setOdd(frame, false);
  const { epoch } = script.rig.epoch;
  const content = (seq: number) => {
    const frame = script.rig.journal.frameOf(epoch, "telemetry", seq);
    if (frame === undefined) throw new Error(`there is no frame ${seq}`);
    return frame.content;
  };
  return { script, epoch, content };
}

test("asked while the rig is away, the frames come with its next connection, and no other backfill does", () => {
  const { script, epoch, content } = holding(40);
  const request = script.world.ask({ from: content(11), to: content(20) });
  script.deliver();
  // Live takes the newest three.
  expect(script.held(epoch, "stored")).toEqual([
    { first: 11, last: 20 },
    { first: 38, last: 40 },
  ]);
  expect(script.world.reports.get(request)).toMatchObject({ state: "done", why: null, frames: 10 });
  expect(script.rig.orderedPast).toBeGreaterThan(0);
  script.settle();
});

test("a run that dies forgets what was asked for: the next one is told again, and goes on", () => {
  const { script, epoch, content } = holding(60);
  const request = script.world.ask({ from: content(1), to: content(50) });
  script.drops = (message) => message.kind === "receipt";
  script.deliver(500);
  expect(script.world.reports.has(request)).toBe(true);
  script.restart();
  script.drops = () => false;
  script.deliver();
  expect(script.held(epoch, "stored")[0]).toEqual({ first: 1, last: 50 });
  expect(script.world.reports.get(request)).toMatchObject({ state: "done" });
  script.settle();
});

test("a list that is lost is told again under the next answer", () => {
  const { script, content } = holding(20);
  const lost: (UpMessage | DownMessage)[] = [];
  script.drops = (message) => message.kind === "requests" && lost.push(message) > 0;
  const request = script.world.ask({ from: content(1), to: content(5), ms: 120_000 });
  script.deliver();
  expect(lost.length).toBeGreaterThan(0);
  expect(script.world.reports.size).toBe(0);
  script.drops = () => false;
  script.deliver(60_000);
  expect(script.world.reports.get(request)).toMatchObject({ state: "done" });
  script.settle();
});

test("what is asked for ends with its bytes: the rest waits as before, and goes once it may", () => {
  const { script, epoch, content } = holding(60);
  const request = script.world.ask({ from: content(1), to: content(50), maxBytes: 1_000 });
  script.deliver();
  expect(script.world.reports.get(request)).toMatchObject({ state: "refused", why: "its bytes are used up" });
  const [first] = script.held(epoch, "stored");
  expect(first?.last).toBeLessThan(30);
  script.settle();
  expect(script.held(epoch, "stored")).toEqual([{ first: 1, last: 60 }]);
});

test("what the office lost without knowing since when is offered again for a repair, out of the rig's history", () => {
  const script = new Script();
  const { epoch } = script.rig.epoch;
  script.delivered(10);
  const { archive } = script.cloud;
  const cut = archive.heldOf(epoch, "telemetry", [4, 7]);
  for (let seq = 4; seq <= 6; seq++) archive.forget(epoch, "telemetry", seq);
  const lost = (range: HeldRange): HeldRange => ({ ...range, state: "lost", checksum: noChecksum });
  archive.put(epoch, "telemetry", merged(cut.map((each) => (each.first === 4 ? lost(each) : each))));
  script.delivered(2);
  expect(script.held(epoch, "lost")).toEqual([{ first: 4, last: 6 }]);
  const request = script.world.ask({ from: 0, to: 1_000, repair: true });
  script.deliver();
  expect(script.held(epoch, "stored")).toEqual([{ first: 1, last: 12 }]);
  expect(script.world.reports.get(request)).toMatchObject({ state: "done" });
  script.settle();
});

test("a span with frames that the office's version cannot read is refused as such, also when a repair offers them again", () => {
  const script = new Script();
  script.ticks(6);
  for (const frame of script.rig.journal.frames)
    if (frame.stream === "telemetry" && frame.seq === 3) setOdd(frame, true);
  script.deliver();
  const request = script.world.ask({ from: 0, to: 1_000, repair: true });
  script.deliver();
  expect(script.world.reports.get(request)).toMatchObject({ state: "refused", why: "the office cannot read it" });
  script.settle();
  expect(script.rig.journal.isClear()).toBe(true);
});
