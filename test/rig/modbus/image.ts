import { DROPPED, SILENT } from "../faults/sensor.ts";
import type { Entry, Table } from "./map.ts";

/** What a device has to say to a read: registers or bits of one moment, an exception code, or nothing at all. */
export type Answer = { values: Uint16Array } | { exception: number } | "silent";

const ILLEGAL_ADDRESS = 2;
/** "Gateway target device failed to respond": no such unit here. */
const NO_SUCH_UNIT = 11;

export interface Image {
  /** Makes these the values that are served, all at once; by position in `columns`. */
  show(values: Float64Array, missing?: Uint8Array): void;
  read(unit: number, table: Table, address: number, count: number): Answer;
}

interface Bank {
  values: Uint16Array;
  /** 0 nobody answers for it, 1 served, 2 dropped. */
  served: Uint8Array;
}

const widths = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
} as const;
export const widthOf = (type: Entry["type"]): number => widths[type];

/** What an integer register shows where there is no number. */
export const sentinels = {
  bool: 0,
  int16: -32_768,
  uint16: 65_535,
  int32: -2_147_483_648,
  uint32: 4_294_967_295,
} as const;

/** The registers of some units, filled from values by `entries`. A value that no integer register can show becomes its sentinel. */
export function openImage(entries: readonly Entry[], columns: readonly string[]): Image {
  const banks = new Map<string, Bank>();
  const units = new Set<number>(entries.map((entry) => entry.unit));
  const silent = new Set<number>();
  const placed = entries.map((entry) => {
    const column = columns.indexOf(entry.column);
    if (column < 0)
      throw new Error(`register map: unit ${entry.unit} ${entry.table} ${entry.address}: no column "${entry.column}"`);
    const key = `${entry.unit} ${entry.table}`;
    const bank = grown(banks.get(key), entry.address + widthOf(entry.type));
    banks.set(key, bank);
    for (let i = entry.address; i < entry.address + widthOf(entry.type); i++) {
      if (bank.served[i] === 1) throw new Error(`register map: ${key} ${i} belongs to "${entry.column}" and another`);
      bank.served[i] = 1;
    }
    return { entry, column, key };
  });

  return {
    show(values, missing) {
      silent.clear();
      for (const { entry, column, key } of placed) {
        const bank = banks.get(key);
        if (!bank) continue;
        const state = missing?.[column] ?? 0;
        if (state === SILENT) silent.add(entry.unit);
        bank.served.fill(state === DROPPED ? 2 : 1, entry.address, entry.address + widthOf(entry.type));
        store(bank.values, entry, values[column] ?? Number.NaN);
      }
    },
    read(unit, table, address, count) {
      if (!units.has(unit)) return { exception: NO_SUCH_UNIT };
      if (silent.has(unit)) return "silent";
      const bank = banks.get(`${unit} ${table}`);
      for (let i = address; i < address + count; i++) if (bank?.served[i] !== 1) return { exception: ILLEGAL_ADDRESS };
      return bank ? { values: bank.values.slice(address, address + count) } : { exception: ILLEGAL_ADDRESS };
    },
  };
}

function grown(bank: Bank | undefined, length: number): Bank {
  if (bank && bank.values.length >= length) return bank;
  const wider = { values: new Uint16Array(length), served: new Uint8Array(length) };
  if (bank) {
    wider.values.set(bank.values);
    wider.served.set(bank.served);
  }
  return wider;
}

const bytes = new DataView(new ArrayBuffer(8));

/** Writes a value as its words, the most significant first, then puts words and bytes in the entry's order. */
function store(into: Uint16Array, entry: Entry, value: number): void {
  const width = widthOf(entry.type);
  write(entry, value);
  const swapWords = entry.order === "CDAB" || entry.order === "DCBA";
  const swapBytes = entry.order === "BADC" || entry.order === "DCBA";
  for (let w = 0; w < width; w++) {
    const word = bytes.getUint16(2 * w);
    into[entry.address + (swapWords ? width - 1 - w : w)] = swapBytes ? ((word << 8) | (word >>> 8)) & 0xffff : word;
  }
}

function write(entry: Entry, value: number): void {
  const scaled = entry.scale === 1 ? value : value / entry.scale;
  switch (entry.type) {
    case "float32":
      bytes.setFloat32(0, scaled);
      break;
    case "float64":
      bytes.setFloat64(0, scaled);
      break;
    case "int64":
    case "uint64":
      bytes.setBigInt64(0, BigInt(Math.round(Number.isFinite(scaled) ? scaled : 0)));
      break;
    case "bool":
      bytes.setUint16(0, scaled === 0 ? 0 : 1);
      break;
    case "int16":
      bytes.setInt16(0, whole(scaled, -32_768, 32_767, sentinels.int16));
      break;
    case "uint16":
      bytes.setUint16(0, whole(scaled, 0, 65_535, sentinels.uint16));
      break;
    case "int32":
      bytes.setInt32(0, whole(scaled, -2_147_483_648, 2_147_483_647, sentinels.int32));
      break;
    case "uint32":
      bytes.setUint32(0, whole(scaled, 0, 4_294_967_295, sentinels.uint32));
      break;
  }
}

function whole(value: number, least: number, most: number, sentinel: number): number {
  const nearest = Math.round(value);
  return nearest >= least && nearest <= most ? nearest : sentinel;
}
