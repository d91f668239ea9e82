import { gzipSync, zstdCompressSync } from "node:zlib";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { encode } from "@msgpack/msgpack";
import type { Series } from "./series.ts";

/** Bytes of the same rows as another form has them: the payload alone, without a protocol, signatures or receipts. */
export interface PeerForm {
  name: string;
  gzip: number;
  zstd: number;
}

/** Rows as numbers of the series, and the time of each, ms UTC. */
interface Rows {
  series: Series;
  rows: readonly number[];
  /** Of tag and position in `rows`, as short as it prints. */
  value(tag: number, i: number): number;
  at(i: number): number;
}

/** What a user would send otherwise: each form at its best, with names only where it has no shorter way. */
const forms: Record<string, (rows: Rows) => Uint8Array> = {
  JSON: (rows) => Buffer.from(JSON.stringify(asReadings(rows))),
  "JSON columns": (rows) => Buffer.from(JSON.stringify(asColumns(rows))),
  "Sparkplug B": sparkplug,
  "MessagePack columns": (rows) => encode(asColumns(rows)),
};

/** All forms in a line, bytes a reading. */
export function formsLine(found: readonly PeerForm[], readings: number): string {
  const each = (bytes: number) => (bytes / readings).toFixed(2);
  return found.map(({ name, gzip, zstd }) => `${name} ${each(gzip)} gzip, ${each(zstd)} zstd`).join(" · ");
}

/** The same forms of several messages together. */
export function added(one: readonly PeerForm[], other: readonly PeerForm[]): PeerForm[] {
  return one.map(({ name, gzip, zstd }, i) => {
    return { name, gzip: gzip + (other[i]?.gzip ?? 0), zstd: zstd + (other[i]?.zstd ?? 0) };
  });
}

/** What the figures are set beside: JSON columns with gzip. */
export function referenceOf(found: readonly PeerForm[]): number {
  return found.find(({ name }) => name === "JSON columns")?.gzip ?? Number.NaN;
}

/** The rows in every form, compressed by gzip and zstd at their usual levels. */
export function peerForms(series: Series, rows: readonly number[]): PeerForm[] {
  const short = kindOf(series) === "real" ? shortest : (value: number) => value;
  const all: Rows = {
    series,
    rows,
    value: (tag, i) => short(series.raw(tag, rows[i] ?? 0)),
    at: (i) => series.start + i * 1_000,
  };
  return Object.entries(forms).map(([name, bytesOf]) => {
    const bytes = bytesOf(all);
    return { name, gzip: gzipSync(bytes).length, zstd: zstdCompressSync(bytes).length };
  });
}

/** One object a reading, as most gateways send it. */
function asReadings({ series, rows, value, at }: Rows) {
  return rows.flatMap((_, i) => series.tags.map(({ name }, tag) => ({ ts: at(i), name, value: value(tag, i) })));
}

/** A column a tag, and times as differences. */
function asColumns({ series, rows, value, at }: Rows) {
  const columns = series.tags.map(({ name }, tag) => [name, rows.map((_, i) => value(tag, i))] as const);
  return { dt: rows.map((_, i) => (i === 0 ? at(0) : at(i) - at(i - 1))), columns: Object.fromEntries(columns) };
}

/** Field numbers of the Sparkplug B payload, version 3.0. */
const field = { timestamp: 1, metrics: 2, seq: 3 } as const;
const metric = { alias: 2, timestamp: 3, datatype: 4, long: 11, float: 12, double: 13 } as const;
const varint = 0;
const datatypes = { scaled: 4, real: 9, double: 10 } as const;

/** A DDATA payload with aliases: a metric a reading, each with its own time, as a buffer of a rig that was away sends them. */
function sparkplug({ series, rows, value, at }: Rows): Uint8Array {
  const to = new BinaryWriter();
  to.tag(field.timestamp, varint).uint64(at(0));
  const kind = kindOf(series);
  for (let i = 0; i < rows.length; i++) {
    for (let tag = 0; tag < series.tags.length; tag++) {
      to.tag(field.metrics, 2).fork();
      to.tag(metric.alias, varint).uint64(tag);
      to.tag(metric.timestamp, varint).uint64(at(i));
      to.tag(metric.datatype, varint).uint32(datatypes[kind]);
      const number = value(tag, i);
      if (kind === "real") to.tag(metric.float, 5).float(number);
      else if (kind === "double") to.tag(metric.double, 1).double(number);
      else to.tag(metric.long, varint).int64(number);
      to.join();
    }
  }
  return to.tag(field.seq, varint).uint64(1).finish();
}

/** Of all tags of a series. */
function kindOf({ tags: [first] }: Series): keyof typeof datatypes {
  const kind = first?.kind.type;
  return kind === "real" || kind === "double" ? kind : "scaled";
}

/** The decimal with the fewest digits that names the same float32. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
