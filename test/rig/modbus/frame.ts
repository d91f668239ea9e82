import type { Answer } from "./image.ts";
import type { Table } from "./map.ts";

/** A request of Modbus TCP: MBAP header (transaction, protocol, length, unit), function code, data. */
export interface Request {
  transaction: number;
  unit: number;
  functionCode: number;
  /** Of a read and of a write; 0 where the request has none. */
  address: number;
  count: number;
}

const HEADER = 7;
const LONGEST = 260;
const tables: Record<number, Table> = { 1: "coil", 2: "discrete", 3: "holding", 4: "input" };

/** What function codes 1 to 4 read. */
export const tableOf = (functionCode: number): Table | undefined => tables[functionCode];

/** Takes whole requests off the front of a connection's bytes. Throws where the bytes can't be Modbus TCP. */
export function requestsOf(bytes: Buffer): { requests: Request[]; rest: Buffer } {
  const requests: Request[] = [];
  let rest = bytes;
  while (rest.length >= HEADER) {
    const length = rest.readUInt16BE(4);
    if (rest.readUInt16BE(2) !== 0 || length < 2 || length + 6 > LONGEST) throw new Error("not a Modbus TCP request");
    if (rest.length < 6 + length) break;
    requests.push({
      transaction: rest.readUInt16BE(0),
      unit: rest.readUInt8(6),
      functionCode: rest.readUInt8(7),
      address: length >= 4 ? rest.readUInt16BE(8) : 0,
      count: length >= 6 ? rest.readUInt16BE(10) : 0,
    });
    rest = rest.subarray(6 + length);
  }
  return { requests, rest };
}

/** A request's answer, or undefined where the device is silent. Writes are refused (exception 1): nothing on this rig may be written. */
export function answerTo(request: Request, read: (table: Table) => Answer): Buffer | undefined {
  const table = tableOf(request.functionCode);
  if (table === undefined) return exceptionFrame(request, 1);
  const bits = table === "coil" || table === "discrete";
  if (request.count < 1 || request.count > (bits ? 2_000 : 125)) return exceptionFrame(request, 3);
  const answer = read(table);
  if (answer === "silent") return undefined;
  if ("exception" in answer) return exceptionFrame(request, answer.exception);
  return frame(request, bits ? packed(answer.values) : registers(answer.values));
}

export function exceptionFrame(request: Request, code: number): Buffer {
  return Buffer.from([...header(request, 3), request.functionCode | 0x80, code]);
}

function frame(request: Request, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...header(request, 3 + data.length), request.functionCode, data.length]), data]);
}

function header(request: Request, length: number): number[] {
  return [request.transaction >>> 8, request.transaction & 0xff, 0, 0, length >>> 8, length & 0xff, request.unit];
}

function registers(values: Uint16Array): Buffer {
  const data = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) data.writeUInt16BE(value, 2 * i);
  return data;
}

/** Eight a byte, the first in the lowest bit. */
function packed(values: Uint16Array): Buffer {
  const data = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value !== 0) data[i >>> 3] = (data[i >>> 3] ?? 0) | (1 << (i & 7));
  return data;
}
