import { afterEach, expect, test } from "vitest";
import type { Archive } from "../../cloud/archive/archive.ts";
import type { History } from "../../cloud/archive/history.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import { GOOD, NO_VALUE, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import { type Fill, type HandRig, handRig, START, tagOf } from "./hand-rig.ts";
import { type Office, officeOf } from "./office.ts";

/** One archive, as its writer and as a reader of it; `again` closes the writer and opens the same data anew. */
export interface ArchiveUnderTest {
  archive: Archive;
  history: History;
  again(): Promise<Archive>;
  close(): Promise<void>;
}

const FAR = START + 100 * 86_400_000;

/** What every archive keeps to. Batches go the whole way: signed, checked, trimmed, landed, read back. */
export function archiveSuite(name: string, open: () => Promise<ArchiveUnderTest>): void {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function begin(
    options: Parameters<typeof handRig>[3] = {},
    tags = [tagOf("mud_pressure"), tagOf("hook_load")],
  ) {
    const under = await open();
    closing.push(() => under.close());
    const office = officeOf(under.archive);
    closing.push(() => office.ingest.close());
    const rig = handRig("rig-a", office.keys.enrol("rig-a"), tags, options);
    await office.greet(rig, 0, 0);
    await office.take(rig.events(rig.foundation()));
    return { ...under, office, rig, tags };
  }

  /** All readings of a tag as [at, raw value], in the order of time. */
  async function valuesOf(history: History, tag: string, from = 0, to = FAR): Promise<[number, number][]> {
    const { series, next } = await history.readings("rig-a", [tag], from, to, { limit: 1_000_000 });
    expect(next).toBeNull();
    return series.flatMap(({ readings }) =>
      Array.from({ length: readings.length }, (_, i): [number, number] => [
        readings.at[i] ?? 0,
        readings.value[i] ?? 0,
      ]),
    );
  }

  /** What `handRig` puts into its tag number `t`. */
  const expected = (first: number, last: number, t = 0, startedAt = START) =>
    Array.from({ length: last - first + 1 }, (_, i) => [
      startedAt + (first + i - 1) * 1_000,
      100 * t + ((first + i) % 50),
    ]);

  const heldOf = async (history: History, rig: HandRig) =>
    (await history.coverage(rig.rig, 0, FAR, FAR)).held.find(
      (one) => one.epoch === rig.epoch && one.stream === "telemetry",
    );

  /** What the office would say, before and after compaction. */
  async function bothWays(archive: Archive, check: () => Promise<void>): Promise<void> {
    await check();
    expect(await archive.compact(10_000)).toBe(0);
    await check();
  }

  test(`${name}: a batch lands once, is readable at once, and its receipt says stored`, async () => {
    const { office, rig, history, tags, archive } = await begin();
    await office.take(rig.telemetry(1, 20));
    await bothWays(archive, async () => {
      expect(await valuesOf(history, tags[0]?.id ?? "")).toEqual(expected(1, 20));
      expect(await valuesOf(history, tags[1]?.id ?? "")).toEqual(expected(1, 20, 1));
      expect(await heldOf(history, rig)).toMatchObject({
        known: 20,
        ranges: [{ first: 1, last: 20, state: "stored" }],
      });
    });
    const said = office.receipts.at(-1);
    expect(said?.processed.live).toBe(1);
    expect(said?.statements.find((one) => one.stream === "telemetry")).toMatchObject({
      epoch: rig.epoch,
      watermark: 20,
      ranges: [{ first: 1, last: 20, state: "stored" }],
    });
  });

  test(`${name}: repeats and overlaps double nothing, whether what they repeat was compacted or not`, async () => {
    const { office, rig, history, tags, archive } = await begin();
    await office.take(rig.telemetry(1, 20), rig.telemetry(1, 20), rig.telemetry(15, 30), rig.telemetry(5, 10));
    await archive.compact(10_000);
    await office.take(rig.telemetry(25, 40), rig.telemetry(1, 40));
    await bothWays(archive, async () => {
      expect(await valuesOf(history, tags[0]?.id ?? "")).toEqual(expected(1, 40));
      expect((await heldOf(history, rig))?.ranges).toMatchObject([{ first: 1, last: 40, state: "stored" }]);
    });
  });

  test(`${name}: the checksum of what is held is the sum over its frames, however they came`, async () => {
    const { office, rig, history, archive } = await begin();
    await office.take(rig.telemetry(1, 10), rig.telemetry(21, 30));
    await archive.compact(10_000);
    await office.take(rig.telemetry(5, 25, "backfill"));
    let sum = { a: 0, b: 0 };
    for (let seq = 1; seq <= 30; seq++) {
      const { a, b } = rig.telemetryFrame(seq).checksum;
      sum = { a: (sum.a + a) >>> 0, b: (sum.b + b) >>> 0 };
    }
    expect((await heldOf(history, rig))?.ranges).toEqual([{ first: 1, last: 30, state: "stored", checksum: sum }]);
  });

  test(`${name}: late frames land in their place and correct the summaries`, async () => {
    const { office, rig, history, tags, archive } = await begin();
    const tag = tags[0]?.id ?? "";
    await office.take(rig.telemetry(1, 600), rig.telemetry(1_201, 1_500));
    await archive.compact(10_000);
    await office.take(rig.telemetry(601, 1_200, "backfill"));
    await bothWays(archive, async () => {
      expect(await valuesOf(history, tag)).toEqual(expected(1, 1_500));
      const [minute] = await history.buckets("rig-a", [tag], START, START + 25 * 60_000, 60_000);
      expect([...(minute?.buckets.count ?? [])]).toEqual(new Array(25).fill(60));
      const [second] = await history.buckets("rig-a", [tag], START, START + 25 * 60_000, 1_000);
      const sums = second?.buckets.sum ?? new Float64Array(0);
      for (let m = 0; m < 25; m++) {
        const raw = sums.subarray(m * 60, m * 60 + 60);
        expect(minute?.buckets.sum[m]).toBe(raw.reduce((sum, one) => sum + one, 0));
        expect(minute?.buckets.min[m]).toBe(Math.min(...raw));
        expect(minute?.buckets.max[m]).toBe(Math.max(...raw));
        expect(minute?.buckets.last[m]).toBe(raw.at(-1));
      }
    });
  });

  test(`${name}: every kind of value comes back bit by bit, bad and uncertain ones with their reason`, async () => {
    const tags = [
      tagOf("mud_pressure"),
      tagOf("hook_load", { type: "real", scale: 1, offset: 0 }),
      tagOf("depth", { type: "double", scale: 1, offset: 0 }),
      tagOf("counter", { type: "scaled", bits: 64, signed: false, scale: 1, offset: 0 }),
      tagOf("valve", { type: "flag" }),
      tagOf("remark", { type: "text" }),
    ];
    const odd = [0x7ff80000, 0x7ff00000, 0x80000000, 0xfff123ab];
    const fill: Fill = (readings, seq, at) => {
      readings.push(0, at, -seq, UNCERTAIN, reasonCode("step too large"));
      readings.pushBits(1, at, 0x7f800000 + seq, 0, GOOD, 0);
      readings.pushBits(2, at, seq, odd[seq % 4] ?? 0, GOOD, 0);
      readings.pushBits(3, at, 0xffffff00 + seq, 0x7fffffff, GOOD, 0);
      if (seq % 3 === 0) readings.pushBad(4, at, reasonCode("no answer in time", 11));
      else readings.push(4, at, seq % 2, GOOD, 0);
      readings.pushText(5, at, `bit ${seq % 4} ±`, GOOD, 0);
    };
    const { office, rig, history, archive } = await begin({ fill }, tags);
    await office.take(rig.telemetry(1, 12), rig.telemetry(13, 24));
    await bothWays(archive, async () => {
      const { series } = await history.readings(
        "rig-a",
        tags.map((tag) => tag.id),
        0,
        FAR,
        { limit: 1_000 },
      );
      for (const [t, { readings }] of series.entries()) {
        for (let seq = 1; seq <= 24; seq++) {
          const frame = rig.telemetryFrame(seq).readings;
          const i = seq - 1;
          expect(readings.status[i]).toBe(frame.status[t]);
          expect(readings.reason[i]).toBe(frame.reason[t]);
          expect(readings.at[i]).toBe(frame.at[t]);
          if (((frame.status[t] ?? 0) & NO_VALUE) !== 0) continue;
          if (t === 5) expect(readings.texts[readings.value[i] ?? 0]).toBe(`bit ${seq % 4} ±`);
          else
            expect([...readings.words.subarray(2 * i, 2 * i + 2)]).toEqual([...frame.words.subarray(2 * t, 2 * t + 2)]);
        }
      }
    });
    const [flags] = await history.buckets("rig-a", [tags[4]?.id ?? ""], START, START + 60_000, 60_000);
    expect([flags?.buckets.count[0], flags?.buckets.bad[0], flags?.buckets.uncertain[0]]).toEqual([24, 8, 0]);
    const [pressure] = await history.buckets("rig-a", [tags[0]?.id ?? ""], START, START + 60_000, 60_000);
    const { uncertain, count, bad, sum } = pressure?.buckets ?? never();
    expect([uncertain[0], (sum[0] ?? 0) / ((count[0] ?? 0) - (bad[0] ?? 0))]).toEqual([24, -12.5]);
  });

  test(`${name}: pages of raw readings end and go on without a hole or a repeat`, async () => {
    const { office, rig, history, tags, archive } = await begin();
    await office.take(rig.telemetry(1, 250), rig.telemetry(251, 500));
    await archive.compact(10_000);
    await office.take(rig.telemetry(501, 600));
    const got: number[][] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await history.readings(
        "rig-a",
        tags.map((tag) => tag.id),
        START,
        FAR,
        {
          limit: 77,
          ...(cursor === undefined ? {} : { cursor }),
        },
      );
      for (const { version, readings } of page.series) {
        for (let i = 0; i < readings.length; i++) {
          got.push([tags.findIndex((tag) => tag.id === version.id), readings.at[i] ?? 0, readings.value[i] ?? 0]);
        }
      }
      cursor = page.next ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect(pages).toBe(Math.ceil(1_200 / 77));
    expect(got).toEqual([0, 1].flatMap((t) => expected(1, 600, t).map((one) => [t, ...one])));
  });

  test(`${name}: a run of readings across hours is one to the reader`, async () => {
    const { office, rig, history, tags, archive } = await begin({ startedAt: START + 3_590_000 });
    await office.take(rig.telemetry(1, 40));
    await bothWays(archive, async () => {
      expect(await valuesOf(history, tags[0]?.id ?? "")).toEqual(expected(1, 40, 0, START + 3_590_000));
    });
  });

  test(`${name}: readings with times of their own, years back and stepping backwards, are found under those times`, async () => {
    const old = Date.UTC(2019, 4, 1);
    const timeOf = (seq: number) => old + (seq % 7 === 0 ? seq - 5 : seq) * 60_000;
    const fill: Fill = (readings, seq) => {
      readings.push(0, timeOf(seq), seq, GOOD, 0);
      readings.push(1, timeOf(seq), -seq, GOOD, 0);
    };
    const { office, rig, history, tags, archive } = await begin({ fill });
    await office.take(rig.telemetry(1, 100), rig.telemetry(101, 150));
    const seqs = Array.from({ length: 150 }, (_, i) => i + 1);
    const byTime = seqs.map((seq): [number, number] => [timeOf(seq), seq]).sort(([x], [y]) => x - y);
    await bothWays(archive, async () => {
      expect(await valuesOf(history, tags[0]?.id ?? "", old, old + 86_400_000)).toEqual(byTime);
      expect(await valuesOf(history, tags[0]?.id ?? "", START, FAR)).toEqual([]);
      const [hours] = await history.buckets("rig-a", [tags[0]?.id ?? ""], old, old + 3 * 3_600_000, 3_600_000);
      expect([...(hours?.buckets.count ?? [])].reduce((sum, one) => sum + one, 0)).toBe(150);
      expect(hours?.buckets.max[0]).toBe(
        Math.max(...byTime.filter(([at]) => at < old + 3_600_000).map(([, seq]) => seq)),
      );
      // Coverage goes by when the rig accepted the frames.
      const { spans } = await history.coverage("rig-a", START, START + 149_000, FAR);
      expect(spans.map((one) => one.kind)).toEqual(["held"]);
    });
  });

  test(`${name}: a tag whose scale changed is two versions: each reading keeps its own, buckets come in engineering units`, async () => {
    const first = tagOf("mud_pressure");
    const second = { ...first, kind: { ...first.kind, scale: 0.1 }, validFrom: START + 60_000 };
    const under = await open();
    closing.push(() => under.close());
    const office = officeOf(under.archive);
    closing.push(() => office.ingest.close());
    const key = office.keys.enrol("rig-a");
    const before = handRig("rig-a", key, [first]);
    await office.greet(before, 0, 0);
    await office.take(before.events(before.foundation()), before.telemetry(1, 60));
    const predecessor = { epoch: before.epoch, last: { telemetry: 60, events: 1 } };
    const after = handRig("rig-a", key, [second], { predecessor, startedAt: START + 60_000 });
    await office.greet(after, 0, 0);
    await office.take(after.events(after.foundation()), after.telemetry(1, 60));
    await bothWays(under.archive, async () => {
      const { series } = await under.history.readings("rig-a", [first.id], START, FAR, { limit: 1_000 });
      expect(
        series.map(({ version, readings }) => [version.kind.type === "scaled" && version.kind.scale, readings.length]),
      ).toEqual([
        [0.01, 60],
        [0.1, 60],
      ]);
      const [both] = await under.history.buckets("rig-a", [first.id], START, START + 120_000, 60_000);
      expect(both?.converted).toBe(true);
      expect(both?.buckets.max[0]).toBeCloseTo(0.49);
      expect(both?.buckets.max[1]).toBeCloseTo(4.9);
      expect((await under.history.tags("rig-a")).map(({ kind }) => kind)).toEqual([second.kind]);
    });
  });

  test(`${name}: the latest value is that of the running epoch's greatest seq, never of what arrived last`, async () => {
    const { office, rig, history, tags, archive } = await begin();
    await office.take(rig.telemetry(31, 40), rig.telemetry(1, 30, "backfill"));
    const old = handRig("rig-a", rig.key, tags, { epoch: "00000000000000aa" });
    old.under(office.answers.at(-1)?.answer ?? "");
    await office.take(old.telemetry(1, 900, "backfill", { running: rig.epoch }));
    await bothWays(archive, async () => {
      const latest = await history.latest("rig-a");
      expect(latest.map(({ epoch, seq, reading }) => [epoch, seq, reading.value[0]])).toEqual([
        [rig.epoch, 40, 40],
        [rig.epoch, 40, 140],
      ]);
    });
  });

  test(`${name}: what was lost is told by its gap, lands if it comes after all, and coverage says so`, async () => {
    const { office, rig, history, tags } = await begin();
    await office.take(rig.telemetry(1, 10), rig.telemetry(21, 30));
    const frames = { epoch: rig.epoch, firstSeq: 11, lastSeq: 15 };
    const span = { from: START + 10_000, to: START + 15_000 };
    await office.take(
      rig.events([{ type: "gap", stream: "telemetry", ...span, frames, count: 10, reason: "evicted" }]),
    );
    const kinds = async () =>
      (await history.coverage("rig-a", START, START + 29_000, FAR)).spans.map((one) =>
        `${one.kind} ${one.reason}`.trim(),
      );
    expect((await heldOf(history, rig))?.ranges.map(({ first, state }) => [first, state])).toEqual([
      [1, "stored"],
      [11, "lost"],
      [21, "stored"],
    ]);
    expect(await kinds()).toEqual(["held", "missing evicted", "under way", "held"]);
    await office.take(rig.telemetry(11, 20, "backfill"));
    expect(await valuesOf(history, tags[0]?.id ?? "")).toEqual(expected(1, 30));
    expect(await kinds()).toEqual(["held", "late", "held"]);
  });

  test(`${name}: coverage says by stream up to when it is complete, and what was told of and is not here`, async () => {
    const { archive, office, rig, history } = await begin();
    await office.take(rig.telemetry(1, 10), rig.telemetry(21, 30));
    await office.take(rig.events([alarm("a:hh", 1)]));
    const streams = async () =>
      (await history.coverage("rig-a", START, FAR, FAR)).streams.map(({ stream, completeTo, underWay }) => [
        stream,
        completeTo === null ? null : completeTo - START,
        underWay,
      ]);
    const [telemetry, events] = [
      ["telemetry", 9_000, 10],
      ["events", 0, 0],
    ];
    await bothWays(archive, async () => expect(await streams()).toEqual([telemetry, events]));
    // The rig says that it made more: three events and five frames.
    const ranges = { telemetry: [{ first: 1, last: 35 }], events: [{ first: 1, last: 5 }] };
    await office.send("rig/rig-a/hello", rig.hello({ telemetry: 35, events: 5 }, ranges));
    expect(await streams()).toEqual([
      ["telemetry", 9_000, 15],
      ["events", 0, 3],
    ]);
    await office.greet(rig, 35, 5);
    await office.take(rig.telemetry(11, 20, "backfill"), rig.telemetry(31, 35));
    expect((await streams())[0]).toEqual(["telemetry", 34_000, 0]);
  });

  test(`${name}: alarms are those of the epoch that runs; its record closes what an earlier one left open`, async () => {
    const { office, rig, history, tags } = await begin();
    await office.take(rig.telemetry(1, 5), rig.events([alarm("a:hh", 1)], [alarm("b:hh", 2)]));
    expect((await history.alarms("rig-a")).map(({ state }) => state.alarm).sort()).toEqual(["a:hh", "b:hh"]);
    await office.take(rig.events([{ ...alarm("a:hh", 3), state: { ...alarm("a:hh", 3).state, state: "normal" } }]));
    expect((await history.alarms("rig-a")).map(({ state }) => state.alarm)).toEqual(["b:hh"]);

    const last = { telemetry: 5, events: 4 };
    const next = handRig("rig-a", rig.key, tags, {
      predecessor: { epoch: rig.epoch, last },
      startedAt: START + 60_000,
    });
    await office.greet(next, 0, 0);
    await office.take(next.events(next.foundation([alarm("c:hh", 9).state])), next.telemetry(1, 5));
    expect((await history.alarms("rig-a")).map(({ state }) => state.alarm)).toEqual(["c:hh"]);
    await office.take(rig.events([alarm("d:hh", 5)]));
    expect((await history.alarms("rig-a")).map(({ state }) => state.alarm)).toEqual(["c:hh"]);
    const spans = (await history.coverage("rig-a", START, START + 64_000, FAR)).spans;
    expect(spans.map((one) => one.kind)).toEqual(["held", "edge down", "held"]);
  });

  test(`${name}: events come back in pages, newest first, by type where asked`, async () => {
    const { office, rig, history } = await begin();
    await office.take(rig.events(...Array.from({ length: 7 }, (_, i) => [alarm(`a${i}`, i)])));
    const first = await history.events("rig-a", { type: "alarm", limit: 4 });
    const second = await history.events("rig-a", {
      type: "alarm",
      limit: 4,
      ...(first.next === null ? {} : { before: first.next }),
    });
    expect([...first.rows, ...second.rows].map(({ seq }) => seq)).toEqual([8, 7, 6, 5, 4, 3, 2]);
    expect(second.next).toBeNull();
    expect((await history.events("rig-a", { type: "epoch", limit: 4 })).rows).toHaveLength(1);
  });

  test(`${name}: telemetry whose dictionary is not here is dropped, counted and not receipted as stored`, async () => {
    const { office, rig, history } = await begin();
    const other = handRig("rig-a", rig.key, [tagOf("unknown_tag")], { epoch: rig.epoch });
    other.under(office.answers.at(-1)?.answer ?? "");
    await office.take(other.telemetry(1, 5));
    expect(await heldOf(history, rig)).toMatchObject({ ranges: [] });
    expect((await history.counters())["dropped: no dictionary"]).toBe(1);
  });

  test(`${name}: every opening is another incarnation, and what had landed is there`, async () => {
    const { office, rig, history, tags, archive, again } = await begin();
    await office.take(rig.telemetry(1, 20));
    const before = archive.incarnation;
    await office.ingest.close();
    const reopened = await again();
    expect(reopened.incarnation).not.toBe(before);
    expect(await valuesOf(history, tags[0]?.id ?? "")).toEqual(expected(1, 20));
    const next: Office = officeOf(reopened, office.keys);
    const answer = await next.greet(rig, 25, 1);
    expect(answer.statements.find((one) => one.stream === "telemetry")).toMatchObject({ known: 25, watermark: 20 });
    await next.ingest.close();
  });

  test(`${name}: what throws in a transaction leaves nothing behind; the next one commits`, async () => {
    const { archive, history } = await begin();
    const fault = archive.transaction((store) => {
      store.count("never");
      throw new Error("fault");
    });
    await expect(fault).rejects.toThrow("fault");
    expect((await history.counters()).never).toBeUndefined();
    expect(await archive.transaction(() => 1)).toBe(1);
  });
}

function alarm(id: string, seq: number): { type: "alarm"; state: AlarmState } {
  return {
    type: "alarm",
    state: {
      alarm: id,
      tag: "00000000000000ff",
      name: "mud_pressure",
      text: "Standpipe pressure very high",
      condition: "hh",
      priority: 1,
      state: "unacknowledged",
      value: 1,
      limit: 1,
      unit: "psi",
      raisedAt: START + seq,
      changedAt: START + seq,
      acknowledgedAt: null,
      acknowledgedBy: null,
      cannotJudge: false,
    },
  };
}

function never(): never {
  throw new Error("there are no buckets");
}
