import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { DROPPED, SILENT } from "../faults/sensor.ts";
import { floatOfTick } from "../tick.ts";
import { openImage } from "./image.ts";
import type { Entry } from "./map.ts";
import { misbehaviourOf, misbehaviours } from "./misbehave.ts";
import { openRawClient, requestFrame } from "./raw-client.ts";
import { type ModbusServer, startModbusServer } from "./server.ts";

const entry = (column: string, rest: Partial<Entry>): Entry => ({
  unit: 1,
  table: "holding",
  address: 0,
  type: "int16",
  order: "ABCD",
  scale: 1,
  column,
  ...rest,
});
const columns = ["a", "b", "c", "d", "on", "off"];
const entries = [
  entry("a", { address: 0, type: "int16", scale: 0.1 }),
  entry("b", { address: 1, type: "int32", order: "CDAB" }),
  entry("c", { address: 3, type: "float32" }),
  entry("d", { address: 6, type: "float32", order: "CDAB" }),
  entry("d", { unit: 2, table: "input", address: 0, type: "float32", order: "DCBA" }),
  entry("on", { table: "coil", address: 0, type: "bool" }),
  entry("off", { table: "coil", address: 1, type: "bool" }),
  entry("on", { table: "coil", address: 2, type: "bool" }),
];
const shown = Float64Array.of(-12.3, 0x01020304, 1.5, -2, 1, 0);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function serving(options: Partial<Parameters<typeof startModbusServer>[0]> = {}) {
  const image = openImage(entries, columns);
  image.show(shown);
  const server: ModbusServer = await startModbusServer({ image, ...options });
  open.push(server);
  const client = await openRawClient(server.port);
  open.push({ close: async () => void client.socket.destroy() });
  return { image, server, client };
}

const hex = (bytes: Buffer) => bytes.toString("hex");

test("registers are answered bit by bit: scale, sign and both word orders", async () => {
  const { client } = await serving();
  expect(hex(await client.ask(1, 3, 0, 5))).toBe(
    "0001" + "0000" + "000d" + "01" + "03" + "0a" + "ff85" + "03040102" + "3fc00000",
  );
  expect(hex(await client.ask(1, 3, 6, 2))).toBe("0002" + "0000" + "0007" + "01" + "03" + "04" + "0000c000");
  expect(hex(await client.ask(2, 4, 0, 2))).toBe("0003" + "0000" + "0007" + "02" + "04" + "04" + "000000c0");
});

test("coils are packed, the first in the lowest bit", async () => {
  const { client } = await serving();
  expect(hex(await client.ask(1, 1, 0, 3))).toBe("0001" + "0000" + "0004" + "01" + "01" + "01" + "05");
});

test.each([
  ["a register that nobody answers", 1, 3, 5, 1, 2],
  ["a read that runs over a hole", 1, 3, 4, 3, 2],
  ["a table that is not there", 1, 4, 0, 1, 2],
  ["a unit that is not there", 9, 3, 0, 1, 11],
  ["more than 125 registers", 1, 3, 0, 126, 3],
  ["no registers", 1, 3, 0, 0, 3],
  ["writing a coil", 1, 5, 0, 0xff00, 1],
  ["writing a register", 1, 6, 0, 1, 1],
  ["writing coils", 1, 15, 0, 1, 1],
  ["writing registers", 1, 16, 0, 1, 1],
  ["an unknown function", 1, 43, 0, 1, 1],
])("%s is refused with its exception", async (_, unit, code, address, count, exception) => {
  const { client } = await serving();
  const answer = await client.ask(unit, code, address, count);
  expect([...answer.subarray(6)]).toEqual([unit, code | 0x80, exception]);
});

test("several requests in one segment, and one in pieces, are each answered in order", async () => {
  const { client } = await serving();
  const three = [1, 2, 3].map((id) => requestFrame(id, 1, 3, 0, 1));
  client.send(Buffer.concat(three));
  for (const id of [1, 2, 3]) expect((await client.next(11)).readUInt16BE(0)).toBe(id);
  for (const byte of requestFrame(4, 1, 3, 0, 1)) client.send(Buffer.from([byte]));
  expect((await client.next(11)).readUInt16BE(0)).toBe(4);
});

test("bytes that are no Modbus end that connection only", async () => {
  const { client, server } = await serving();
  const other = await openRawClient(server.port);
  other.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  await expect(other.next(1)).rejects.toThrow("connection ended");
  expect((await client.ask(1, 3, 0, 1)).length).toBe(11);
});

test("an integer register shows its sentinel where there is no number, a float register NaN", async () => {
  const { client, image } = await serving();
  image.show(new Float64Array(columns.length).fill(Number.NaN));
  expect(hex((await client.ask(1, 3, 0, 5)).subarray(9))).toBe("8000" + "00008000" + "7fc00000");
});

test("a value that does not fit shows the sentinel, never a wrapped number", async () => {
  const { client, image } = await serving();
  image.show(Float64Array.of(9_999, 3e9, 1, 1, 1, 1));
  expect(hex((await client.ask(1, 3, 0, 3)).subarray(9))).toBe("8000" + "00008000");
});

test("a dropped tag's registers give exception 2, a silent one's unit nothing, the other unit goes on", async () => {
  const { client, image } = await serving();
  image.show(shown, Uint8Array.of(DROPPED, 0, 0, 0, 0, 0));
  expect((await client.ask(1, 3, 0, 1)).readUInt8(8)).toBe(2);
  expect((await client.ask(1, 3, 1, 2)).length).toBe(13);
  image.show(shown, Uint8Array.of(SILENT, 0, 0, 0, 0, 0));
  client.send(requestFrame(50, 1, 3, 1, 2));
  client.send(requestFrame(51, 2, 4, 0, 2));
  expect((await client.next(13)).readUInt16BE(0)).toBe(51);
});

test("each misbehaviour is told from a right answer, and the next answer is right again", async () => {
  for (const mode of misbehaviours) {
    const { client, server } = await serving();
    const right = hex(await client.ask(1, 3, 0, 5));
    server.misbehave(misbehaviourOf(mode === "late" ? "late:30" : mode === "exception" ? "exception:6" : mode), 1);
    client.send(requestFrame(1, 1, 3, 0, 5));
    if (mode === "close") await expect(client.next(1)).rejects.toThrow("connection ended");
    else if (mode === "close-midway") await expect(client.next(right.length / 2)).rejects.toThrow("connection ended");
    else if (mode === "exception") expect(hex(await client.next(9))).toBe("000100000003018306");
    else if (mode === "too-few") expect((await client.next(17)).readUInt16BE(4)).toBe(11);
    else if (mode === "too-many") expect((await client.next(21)).readUInt16BE(4)).toBe(15);
    else if (mode === "silent") {
      client.send(requestFrame(2, 1, 3, 0, 5));
      expect((await client.next(19)).readUInt16BE(0)).toBe(2);
    } else if (mode !== "dribble") {
      const same = ["none", "byte-by-byte", "late", "double"].includes(mode);
      expect(hex(await client.next(19)) === right, mode).toBe(same);
      if (mode === "double") expect(hex(await client.next(19))).toBe(right);
    }
    if (["close", "close-midway", "dribble"].includes(mode)) continue;
    client.send(requestFrame(3, 1, 3, 0, 5));
    const after = await client.next(19);
    expect(after.readUInt16BE(0), mode).toBe(3);
    expect(hex(after).slice(4)).toBe(right.slice(4));
  }
});

test("a cut drops every connection, and the server takes new ones", async () => {
  const { client, server } = await serving();
  server.cut();
  await expect(client.next(1)).rejects.toThrow("connection ended");
  await vi.waitFor(() => expect(server.connections()).toBe(0));
  const again = await openRawClient(server.port);
  expect((await again.ask(1, 3, 0, 1)).length).toBe(11);
  again.socket.destroy();
});

test("the proof of every tick is a float32, and differs from that of the ticks beside it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (tick) => {
      const proof = floatOfTick(tick);
      expect(Math.fround(proof)).toBe(proof);
      expect(Object.is(proof, -0)).toBe(false);
      expect(floatOfTick((tick + 1) >>> 0)).not.toBe(proof);
    }),
  );
});
