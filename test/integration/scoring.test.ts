import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openModel } from "../../edge/scoring/model.ts";
import { type Scoring, startScoring } from "../../edge/scoring/scoring.ts";
import { sensorOf } from "../../shared/domain/catalogue.ts";
import { BAD, Block, NO_VALUE, realOf, reasonCode, reasonText } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openLog } from "../../shared/node/log.ts";

const shipped = join(import.meta.dirname, "..", "..", "edge", "models", "hydraulics");
const manifest = JSON.parse(readFileSync(join(shipped, "manifest.json"), "utf8"));
const golden = manifest.golden[0];
const names: string[] = manifest.inputs.map((input: { name: string }) => input.name);
const tags = names.map((name, i): TagVersion => {
  const sensor = sensorOf(name);
  if (sensor === undefined) throw new Error(name);
  const id = String(i).padStart(16, "0");
  return { ...sensor, id, kind: { type: "double", scale: 1, offset: 0 }, source: "plc", validFrom: 0 };
});

let folder: string;
let scoring: Scoring | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "idrill-model-"));
  for (const name of ["model.onnx", "manifest.json"]) copyFileSync(join(shipped, name), join(folder, name));
});

afterEach(async () => {
  await scoring?.close();
  scoring = undefined;
  rmSync(folder, { recursive: true });
});

const start = (over: readonly TagVersion[] = tags) => {
  scoring = startScoring({
    folder,
    rig: "r",
    tags: over,
    index: over.length,
    validFrom: 0,
    log: openLog("edge", "fatal"),
    stuckMs: 2_000,
  });
  return scoring;
};

const tick = (second: number, values: readonly number[]) => {
  const block = new Block();
  for (const [i, value] of values.entries()) block.push(i, second * 1_000, value, 0, 0);
  return block;
};

async function scores(running: Scoring, count: number): Promise<Block> {
  const into = new Block();
  await vi.waitFor(() => {
    running.finished(into);
    expect(into.length).toBeGreaterThanOrEqual(count);
  }, 10_000);
  return into;
}

test("the shipped model gives its golden score, once its window is full", async () => {
  const running = start();
  const depth = manifest.window.seconds;
  running.offer(tick(1, golden.input), 1_000, "rotary drilling");
  await scores(running, 1);
  for (let second = 2; second <= depth; second++)
    running.offer(tick(second, golden.input), second * 1_000, "rotary drilling");
  const into = await scores(running, depth - 1);
  expect(reasonText((into.reason[0] ?? 0) & 0xffff)).toBe("window incomplete");
  expect(into.status[depth - 2]).toBe(4);
  expect(realOf(into.words[2 * (depth - 2)] ?? 0)).toBeCloseTo(golden.score, 3);
  expect(running.last()?.evidence.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(1, 3);
});

test("a bad input gives a refusal that names it, never a number", async () => {
  const running = start();
  const block = tick(1, golden.input);
  block.status[2] = BAD | NO_VALUE;
  running.offer(block, 1_000, "rotary drilling");
  const into = await scores(running, 1);
  expect((into.status[0] ?? 0) & NO_VALUE).toBe(NO_VALUE);
  expect(into.reason[0]).toBe(reasonCode("input not good", 3));
  expect(running.last()?.refused).toBe(`input not good: ${tags[2]?.label}`);
});

test("one flipped byte of the model is refused, and the file is named", async () => {
  const path = join(folder, "model.onnx");
  const bytes = readFileSync(path);
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(() => start()).toThrow(/model\.onnx is not the model of its manifest/);
  await expect(openModel(folder)).rejects.toThrow(/refused/);
});

test("a model whose golden vector does not come out is refused", async () => {
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({ ...manifest, golden: [{ ...golden, score: golden.score + 1 }] }),
  );
  await expect(openModel(folder)).rejects.toThrow(/golden vector/);
});

test("a rig without an input, or with it in another unit, is told so at the start", () => {
  expect(() => start(tags.slice(1))).toThrow(/needs the tag mud_pressure/);
  const first = tags[0];
  if (first === undefined) throw new Error("no tags");
  expect(() => start([{ ...first, unit: "g" }, ...tags.slice(1)])).toThrow(/in psi, this rig has it in g/);
});

test("a model that is refused while it loads gives no scores, and is not tried again and again", async () => {
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({ ...manifest, golden: [{ ...golden, score: golden.score + 1 }] }),
  );
  const said: string[] = [];
  const note = (_: object, text: string) => void said.push(text);
  const log = { error: note, warn: note, info: note, debug: note } as unknown as Parameters<
    typeof startScoring
  >[0]["log"];
  const running = startScoring({ folder, rig: "r", tags, index: tags.length, validFrom: 0, log, stuckMs: 100 });
  scoring = running;
  const into = new Block();
  let second = 0;
  const offer = () => {
    second++;
    running.offer(tick(second, golden.input), second * 1_000, "rotary drilling");
    running.finished(into);
  };
  await vi.waitFor(() => {
    offer();
    expect(said).toEqual(["the model is refused: no scores in this run"]);
  }, 5_000);
  offer();
  expect(into.length).toBe(second);
  expect(into.status.subarray(0, second).every((status) => (status & NO_VALUE) !== 0)).toBe(true);
});

test("what the model answered is counted, refusals apart, with the time that it took", async () => {
  const running = start();
  running.offer(
    tick(
      1,
      names.map(() => Number.NaN),
    ),
    1_000,
    "rotary drilling",
  );
  await scores(running, 1);
  expect(running.counts()).toMatchObject({ answers: 1, refusals: 1 });
  expect(running.counts().seconds).toBeGreaterThan(0);
});
