import fc from "fast-check";
import { expect, test } from "vitest";
import { openWindow } from "./window.ts";

/** A link of this many bytes a second and this delay, in simulated time; a sender that has always more keeps to the window's pace. */
function linkOf(bytesPerSecond: number, delayMs: number) {
  let now = 0;
  const window = openWindow(() => now);
  const line: { at: number; acknowledge: () => void; bytes: number }[] = [];
  let free = 0;
  let underWay = 0;
  let carried = 0;
  let longestQueue = 0;
  function send(bytes: number): void {
    const out = Math.max(now, free) + (bytes / bytesPerSecond) * 1_000;
    longestQueue = Math.max(longestQueue, out - now);
    free = out;
    underWay += bytes;
    line.push({ at: out + delayMs, acknowledge: window.publish(bytes), bytes });
  }
  return {
    window,
    /** Runs for so long; gives the share of the link that was used, and how long what was sent last waited at most, ms. */
    run(ms: number, load: "backlog" | "a message a second") {
      [carried, longestQueue] = [0, 0];
      const began = now;
      let nextAt = now;
      while (now < began + ms) {
        const { transportBytes, batchBytes } = window.pace();
        if (load === "backlog") while (underWay < transportBytes) send(batchBytes);
        else if (now >= nextAt) {
          send(500);
          nextAt += 1_000;
        }
        now = Math.min(line[0]?.at ?? nextAt, load === "backlog" ? Number.POSITIVE_INFINITY : nextAt);
        while (line[0] !== undefined && line[0].at <= now) {
          const done = line.shift();
          if (done === undefined) break;
          underWay -= done.bytes;
          carried += done.bytes;
          done.acknowledge();
        }
      }
      return { share: carried / ((bytesPerSecond * (now - began)) / 1_000), queueMs: longestQueue };
    },
  };
}

test("a backlog fills the link, and what is sent next waits little in it", () => {
  const rates = fc.integer({ min: 4_000, max: 500_000 });
  const delays = fc.integer({ min: 20, max: 900 });
  fc.assert(
    fc.property(rates, delays, (bytesPerSecond, delayMs) => {
      const link = linkOf(bytesPerSecond, delayMs);
      link.run(60_000, "backlog");
      const { share, queueMs } = link.run(60_000, "backlog");
      expect(share).toBeGreaterThan(0.9);
      // The delay, 2 s of queue, and a batch that is measured with the delay and one that is just sent.
      expect(queueMs).toBeLessThan(1.2 * delayMs + 2_200 + 2 * Math.max(250, 4_000_000 / bytesPerSecond));
    }),
  );
});

test("a link with little to do keeps what was measured while it had more", () => {
  const link = linkOf(100_000, 300);
  link.run(60_000, "backlog");
  const before = link.window.bytesPerSecond();
  link.run(120_000, "a message a second");
  expect(link.window.bytesPerSecond()).toBe(before);
});

test("before anything was acknowledged little goes, and nothing is claimed to be known", () => {
  const window = openWindow(() => 0);
  expect([window.bytesPerSecond(), window.delayMs()]).toEqual([null, null]);
  expect(window.pace()).toEqual({ transportBytes: 8_000, windowBytes: 64_000, batchBytes: 4_000 });
});

test("some 20 s of bandwidth may wait for a receipt", () => {
  const link = linkOf(64_000, 300);
  link.run(60_000, "backlog");
  const { windowBytes, batchBytes } = link.window.pace();
  expect(windowBytes / 64_000).toBeGreaterThan(18);
  expect(windowBytes / 64_000).toBeLessThan(25);
  expect(batchBytes).toBe(16_000);
});

test("what is acknowledged at once after a wait does not look like a faster link", () => {
  let now = 0;
  const window = openWindow(() => now);
  /** By when it was sent: what waits for its acknowledgement. */
  const line: { at: number; acknowledge: () => void }[] = [];
  for (now = 0; now < 60_000; now += 100) {
    line.push({ at: now, acknowledge: window.publish(6_000) });
    // A packet is lost every 5 s, and for 1.5 s nothing of what follows is acknowledged.
    if (now % 5_000 < 1_500) continue;
    while ((line[0]?.at ?? now) <= now - 600) line.shift()?.acknowledge();
  }
  expect(window.bytesPerSecond()).toBeLessThan(66_000);
});
