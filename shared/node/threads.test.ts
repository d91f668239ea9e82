import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { startThread, threadMemory, watchLoop } from "./threads.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A thread that is inside one long call of the system until the word is given. */
async function busyThread(): Promise<{ worker: Worker; free(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "threads-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, "pipe");
  if (spawnSync("mkfifo", [pipe]).status !== 0) throw new Error("no pipe could be made");
  const code = `
    import { closeSync, openSync } from "node:fs";
    import { parentPort, workerData } from "node:worker_threads";
    parentPort.on("message", () => {
      parentPort.postMessage("begun");
      closeSync(openSync(workerData, "r")); // Waits for one who writes.
    });`;
  const worker = startThread(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    name: "busy",
    workerData: pipe,
  });
  let isFree = false;
  const free = () => {
    if (!isFree) closeSync(openSync(pipe, "w"));
    isFree = true;
  };
  closing.unshift(() => {
    free();
    return worker.terminate();
  });
  await vi.waitFor(async () => expect(await told()).toMatchObject({ busyS: 0 }), 20_000);
  const begun = new Promise((done) => worker.once("message", done));
  worker.postMessage("begin");
  await begun;
  return { worker, free };
}
const told = async () => (await threadMemory()).find(({ thread }) => thread === "busy");

test("a thread inside a long piece of work delays nobody who asks for memory: its last figures are told, and that it is busy", async () => {
  const { worker, free } = await busyThread();
  const asked = vi.spyOn(worker, "getHeapStatistics");
  for (let n = 0; n < 3; n++) expect(await told()).toMatchObject({ heap: { used: expect.any(Number) } });
  expect((await told())?.busyS).toBeGreaterThan(1);
  // Questions do not pile up before it; one may have come through before it was busy.
  expect(asked.mock.calls.length).toBeLessThanOrEqual(2);
  free();
  await vi.waitFor(async () => expect(await told()).toMatchObject({ busyS: 0 }), 20_000);
}, 60_000);

test("one who asks how late the event loop was takes nothing from another, and what is long past is not told", async () => {
  const { p99S, stop } = watchLoop(1_000);
  closing.push(stop);
  // The watch ticks before it can be late.
  await vi.waitFor(() => expect(p99S()).toBeGreaterThan(0), 20_000);
  const until = performance.now() + 400;
  while (performance.now() < until);
  await vi.waitFor(() => expect(p99S()).toBeGreaterThan(0.2), 20_000);
  expect([p99S(), p99S()]).toEqual([expect.closeTo(p99S(), 1), expect.closeTo(p99S(), 1)]);
  expect(p99S()).toBeGreaterThan(0.2);
  await vi.waitFor(() => expect(p99S()).toBeLessThan(0.2), 20_000);
}, 60_000);
