import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EMPTY, SHOWN, TEXT } from "../faults/sensor.ts";
import { openLedger } from "../ledger.ts";
import { openRawClient } from "../modbus/raw-client.ts";
import { optionsOf } from "../options.ts";
import { cellsOf, rowsOf } from "./csv.ts";
import { ReplayMap } from "./map.ts";
import { pacing } from "./pacing.ts";
import { readMap, startReplay } from "./replay.ts";
import { rowOf } from "./row.ts";
import { sampleDay } from "./sample-day.ts";
import { timeOf } from "./time.ts";

const folder = mkdtempSync(join(tmpdir(), "rig-replay-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const mapFile = new URL("../../../deploy/examples/replay-map.json", import.meta.url).pathname;
const map = readMap(mapFile);

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const into: T[] = [];
  for await (const one of from) into.push(one);
  return into;
}

test.each([
  ["us", "2/18/2026 1:50:09 PM", -360, "2026-02-18T19:50:09.000Z"],
  ["us", "12/31/2026 12:00:00 AM", 0, "2026-12-31T00:00:00.000Z"],
  ["us", "12/31/2026 12:00:00 PM", 0, "2026-12-31T12:00:00.000Z"],
  ["us", "2/18/2026 13:50:09.25", 210, "2026-02-18T10:20:09.250Z"],
  ["iso", "2026-02-18T13:50:09Z", -360, "2026-02-18T13:50:09.000Z"],
  ["iso", "2026-02-18T13:50:09.5-06:00", 0, "2026-02-18T19:50:09.500Z"],
  ["iso", "2026-02-18 13:50:09", -360, "2026-02-18T19:50:09.000Z"],
  ["epoch-ms", "1771444209123", -360, "2026-02-18T19:50:09.123Z"],
  ["epoch-s", "1771444209.5", -360, "2026-02-18T19:50:09.500Z"],
] as const)("a time of form %s, %s at %i min, is known", (format, text, offsetMinutes, expected) => {
  expect(new Date(timeOf(text, { columns: ["t"], format, offsetMinutes })).toISOString()).toBe(expected);
});

test.each([
  ["us", "2/31/2026 1:00:00 PM"],
  ["us", "2/18/2026 13:00:00 PM"],
  ["us", "yesterday"],
  ["iso", "2026-02-18T25:00:00Z"],
  ["iso", "18.02.2026"],
  ["epoch-ms", "NAN"],
  ["epoch-ms", ""],
] as const)("a time that is none stays none: %s %s", (format, text) => {
  expect(timeOf(text, { columns: ["t"], format, offsetMinutes: 0 })).toBeNaN();
});

test("cells may be quoted and lose their blanks; a name that comes twice gets a number", async () => {
  expect(cellsOf(' a ,"b, ""c""",,d', ",")).toEqual(["a", 'b, "c"', "", "d"]);
  const file = join(folder, "cells.csv");
  writeFileSync(file, "\uFEFF x ,y,x\r\n1,2\r\n\r\n3,4,5\r\n");
  const rows = await all(rowsOf(file, ","));
  expect(rows.map((row) => Object.fromEntries(row))).toEqual([
    { x: "1", y: "2", "x#2": "" },
    { x: "3", y: "4", "x#2": "5" },
  ]);
});

test("a cell is converted, a sentinel is not, and an empty one, a NAN and a text are told apart", () => {
  const small = ReplayMap.parse({
    time: { columns: ["t"], format: "epoch-ms" },
    records: [
      {
        name: "drilling",
        unit: 1,
        when: { filled: ["a"] },
        columns: [
          { column: "a", tag: "weight", scale: 1_000, offset: 5, register: { address: 8 } },
          { column: "b", tag: "speed", register: { address: 10, type: "int16", scale: 0.1 } },
        ],
      },
    ],
  });
  const of = (a: string, b: string) => rowOf(new Map(Object.entries({ t: "1", a, b })), small);
  expect(of("2.5", "12.3")).toMatchObject({ time: 1, values: [2_505, 12.3], missing: [SHOWN, SHOWN] });
  expect(of("2.5", "12.3")?.raw[1]).toBeCloseTo(123, 9);
  expect(of("-999.25", "-32768")).toMatchObject({ values: [-999.25, -32_768], raw: [-999.25, -32_768] });
  expect(of("1", "-999.25")?.raw[1], "an integer register cannot show it").toBeNaN();
  expect(of("NAN", "")).toMatchObject({ values: [Number.NaN, Number.NaN], missing: [SHOWN, EMPTY] });
  expect(of("CAL", "1")?.missing).toEqual([TEXT, SHOWN]);
  expect(of("", "1"), "no type has a row without its key").toBeUndefined();
});

test("rows are as far apart as their times, a step back waits for nothing, and a type's row stays its time", () => {
  const due = pacing(10, 50, 0);
  expect(due("fast", 1_000)).toBe(0);
  expect(due("fast", 2_000)).toBe(100);
  expect(due("slow", 1_500)).toBe(100);
  expect(due("fast", 2_000)).toBe(150);
  expect(due("fast", Number.NaN)).toBe(200);
  expect(due("slow", 12_000)).toBe(1_100);
});

test("a map that puts a value on the header is refused with its path", () => {
  const broken = structuredClone(JSON.parse(readFileSync(mapFile, "utf8")));
  broken.records[0].columns[0].register.address = 3;
  const file = join(folder, "broken.json");
  writeFileSync(file, JSON.stringify(broken));
  expect(() => readMap(file)).toThrow(/records\[0\]\.columns\[0\]\.register\.address/);
});

test("the made-up day is the same for the same seed, and has every defect", () => {
  const day = sampleDay(14, 120);
  expect(sampleDay(14, 120)).toEqual(day);
  expect(day.rows).toEqual({ drilling: 120, chromatograph: 40, unknown: 1 });
  for (const [what, times] of Object.entries(day.cells)) expect(times, what).toBeGreaterThan(0);
});

test("a client that polls faster than the rows sees each once, in file order, with its own time and values", {
  timeout: 30_000,
}, async () => {
  const day = sampleDay(14, 40);
  const file = join(folder, "day.csv");
  writeFileSync(file, day.csv);
  const ledgerFile = join(folder, "ledger.jsonl");
  const ledger = openLedger(ledgerFile);
  const options = optionsOf(["--speed", "100"], { MODBUS_PORT: "0", OPCUA_PORT: "off", IDRILL_DATA: folder });
  const rig = await startReplay(options, file, { ...map, dwellMs: 100, startAfterS: 0.1 }, ledger);
  const client = await openRawClient(rig.ports.modbus);

  const seen = { drilling: [] as string[], chromatograph: [] as string[] };
  let last = { drilling: 0, chromatograph: 0 };
  while (last.drilling < day.rows.drilling || last.chromatograph < day.rows.chromatograph)
    for (const [record, unit, words] of [
      ["drilling", 1, 26],
      ["chromatograph", 2, 14],
    ] as const) {
      const bytes = (await client.ask(unit, 3, 0, words)).subarray(9);
      const count = bytes.readUInt32BE(0);
      if (count === last[record]) continue;
      expect(count, record).toBe(last[record] + 1);
      last = { ...last, [record]: count };
      seen[record].push(`${bytes.readUInt32BE(12)} ${bytes.readDoubleBE(4)} ${bytes.readFloatBE(16).toFixed(2)}`);
    }
  client.socket.destroy();
  await rig.stop();
  ledger.close();

  const rows = await all(rowsOf(file, ","));
  const truth = { drilling: [] as string[], chromatograph: [] as string[] };
  for (const [i, cells] of rows.entries()) {
    const row = rowOf(cells, map);
    if (!row) continue;
    const key = row.record.name === "drilling" ? "drilling" : "chromatograph";
    truth[key].push(`${i + 1} ${row.time} ${Math.fround(row.raw[0] ?? 0).toFixed(2)}`);
  }
  expect(seen).toEqual(truth);
  const times = rows.map((cells) => rowOf(cells, map)?.time ?? Number.NaN);
  expect(times.filter((time, i) => time < (times[i - 1] ?? Number.NaN)).length).toBe(day.backward);

  const lines = readFileSync(ledgerFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter((line) => line.k === "row").map((line) => line.row)).toEqual(rows.map((_, i) => i + 1));
  expect(lines.filter((line) => line.k === "row" && line.record === null).length).toBe(day.rows.unknown);
  const served = lines.filter((line) => line.k === "served" && line.record === "drilling");
  expect(new Set(served.map((line) => line.count)).size).toBeGreaterThanOrEqual(day.rows.drilling);
});
