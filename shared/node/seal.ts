import { utf8 } from "../wire/bytes.ts";
import { hashBytes } from "../wire/checksum.ts";
import type { Sqlite } from "./sqlite.ts";

/** What a column of SQLite holds. */
type Value = number | bigint | string | Uint8Array | null;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/**
 * A row's seal: 32 bits of a mixed hash over the table's name and these values, the row's key among them, so that a row that lies elsewhere fails too.
 * A single flipped bit always changes the hash's 64-bit state; its seal stays the same in one case of 2^32. Not against an adversary.
 */
export function sealOf(table: string, ...values: readonly Value[]): number {
  let [x, y] = [0x9e3779b1, 0x7feb352d];
  const add = (one: number, other: number) => {
    x = Math.imul(x ^ one, 0x846ca68b);
    y = Math.imul(y ^ other, 0xc2b2ae35);
    x ^= y >>> 15;
    y ^= x >>> 13;
  };
  for (const value of [table, ...values]) {
    if (typeof value === "number") {
      // Minus zero is a zero to SQLite.
      double[0] = value + 0;
      add((halves[0] ?? 0) ^ 1, halves[1] ?? 0);
    } else if (value === null) add(3, 5);
    else {
      const bytes = typeof value === "object" ? value : bytesOf(String(value));
      const { a, b } = hashBytes(bytes);
      add(a ^ (typeof value === "object" ? 7 : 11), b);
    }
  }
  add(x >>> 16, y >>> 15);
  return (x ^ (y >>> 14)) >>> 0;
}

const short = new Uint8Array(128);

/** UTF-8, to be read before the next call: names and ids are short and plain, and an encoder takes several times as long for one. */
function bytesOf(text: string): Uint8Array {
  if (text.length > short.length) return utf8(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return utf8(text);
    short[i] = code;
  }
  return short.subarray(0, text.length);
}

/** Teaches a connection the SQL function `seal_of(table, value, ...)`, the same as `sealOf`. */
export function teachSeals(db: Sqlite): Sqlite {
  db.function("seal_of", { varargs: true, deterministic: true }, (table: unknown, ...values: unknown[]) =>
    sealOf(String(table), ...values.map(asValue)),
  );
  return db;
}

function asValue(value: unknown): Value {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "bigint")
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`seal: a column cannot hold ${typeof value}`);
}
