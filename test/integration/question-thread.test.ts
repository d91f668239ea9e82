import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Archive } from "../../cloud/archive/archive.ts";
import type { History } from "../../cloud/archive/history.ts";
import { questionsOf } from "../../cloud/archive/questions.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { type QuestionThread, startQuestions } from "../../cloud/question-thread.ts";
import { BucketSeries } from "../../shared/domain/api-series.ts";
import { HttpError } from "../../shared/node/http/errors.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";

const DAY = 86_400_000;
let folder: string;
let archive: Archive;
let history: History;
let thread: QuestionThread;
let office: ReturnType<typeof officeOf>;
let rig: HandRig;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "questions-"));
  const path = join(folder, "archive.db");
  archive = openSqliteArchive(path);
  history = openSqliteHistory(path);
  thread = startQuestions(path, () => {}, 4);
  office = officeOf(archive);
  rig = handRig("rig-a", office.keys.enrol("rig-a"), [tagOf("mud_pressure"), tagOf("hookload")]);
  await office.greet(rig, 0, 0);
  await office.take(rig.events(rig.foundation()));
  await office.take(rig.telemetry(1, 300));
});
afterEach(async () => {
  await thread.close();
  await office.ingest.close();
  history.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("the thread answers what the archive answers, byte for byte", async () => {
  const here = questionsOf(history);
  const spans = { start: START, step: 60_000, length: 10 };
  const buckets = await thread.questions.buckets("rig-a", rig.tags, spans);
  expect(textOf(buckets)).toBe(textOf(await here.buckets("rig-a", rig.tags, spans)));
  const [series] = BucketSeries.array().parse(JSON.parse(textOf(buckets)));
  expect(series?.count.reduce((sum, one) => sum + one, 0)).toBe(300);
  const page = await thread.questions.readings("rig-a", rig.tags, START, START + DAY, { limit: 100 });
  expect({ ...page, series: textOf(page.series) }).toMatchObject({ count: 100, next: expect.any(String) });
  const now = START + 300_000;
  expect(await thread.questions.coverage("rig-a", START, now, now)).toEqual(
    await here.coverage("rig-a", START, now, now),
  );
  expect(await thread.questions.noGoodValue("rig-a", START, now)).toEqual([]);
});

test("what a question throws is told to its asker alone, as what it is", async () => {
  const wrong = thread.questions.readings("rig-a", rig.tags, START, START + DAY, { limit: 1, cursor: "x" });
  await expect(wrong).rejects.toBeInstanceOf(RangeError);
  expect((await thread.questions.events("rig-a", { limit: 1 })).rows).toHaveLength(1);
});

test("while long questions are answered this thread goes on, and what is asked beyond the bound is refused", async () => {
  const spans = { start: START, step: 60_000, length: 400_000 };
  let turns = 0;
  const ticking = setInterval(() => turns++, 5);
  const began = performance.now();
  const asked = [1, 2, 3, 4].map(() => thread.questions.buckets("rig-a", rig.tags, spans));
  const refused = await thread.questions.buckets("rig-a", rig.tags, spans).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(HttpError);
  expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
  await Promise.all(asked);
  clearInterval(ticking);
  // In the way of four such answers there would have been no turn at all.
  expect(performance.now() - began).toBeGreaterThan(50);
  expect(turns).toBeGreaterThan(4);
  expect((await thread.questions.buckets("rig-a", rig.tags, { ...spans, length: 1 })).length).toBeGreaterThan(100);
});
