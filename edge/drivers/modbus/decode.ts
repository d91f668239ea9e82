import type { Block } from "../../../shared/domain/reading.ts";
import type { Register } from "../../../shared/domain/rig-config.ts";

type Type = Register["type"];

/** One value in an answer: `at` is its first byte in the answer's data, or its bit in the tables of bits. */
export interface Field {
  /** Position in the dictionary. */
  tag: number;
  at: number;
  type: Type;
  order: Register["order"];
  words: number;
  /** The answer holds single bits. */
  bits: boolean;
}

/** Appends every field of an answer to the block, good, bit for bit as the device sent it. `data` is the answer without its head; `at` is when it came, ms UTC. */
export function decode(fields: readonly Field[], data: Uint8Array, at: number, into: Block): void {
  into.reserve(fields.length);
  let i = into.length;
  into.length += fields.length;
  for (const field of fields) {
    into.tag[i] = field.tag;
    into.at[i] = at;
    into.status[i] = 0;
    into.reason[i] = 0;
    put(field, data, i, into);
    i++;
  }
}

function put(field: Field, data: Uint8Array, i: number, into: Block): void {
  const from = field.at;
  switch (field.type) {
    case "int16":
      into.value[i] = (word(data, from, field.order) << 16) >> 16;
      return;
    case "uint16":
      into.value[i] = word(data, from, field.order);
      return;
    case "int32":
      into.value[i] = pair(data, from, field.order) | 0;
      return;
    case "uint32":
      into.value[i] = pair(data, from, field.order);
      return;
    case "float32":
      into.words[2 * i] = pair(data, from, field.order);
      into.words[2 * i + 1] = 0;
      return;
    case "int64":
    case "uint64":
    case "float64":
      quad(field, data, i, into);
      return;
    case "bool":
      into.value[i] = field.bits
        ? ((data[from >> 3] ?? 0) >> (from & 7)) & 1
        : word(data, from, field.order) === 0
          ? 0
          : 1;
      return;
    case "string":
      into.value[i] = into.texts.length;
      into.texts.push(text(field, data));
  }
}

/** A is the most significant byte; B before A means that the bytes of a word are swapped. */
function word(data: Uint8Array, from: number, order: Register["order"]): number {
  const first = data[from] ?? 0;
  const second = data[from + 1] ?? 0;
  return order === "BADC" || order === "DCBA" ? (second << 8) | first : (first << 8) | second;
}

function pair(data: Uint8Array, from: number, order: Register["order"]): number {
  const first = word(data, from, order);
  const second = word(data, from + 2, order);
  return (order === "CDAB" || order === "DCBA" ? (second << 16) | first : (first << 16) | second) >>> 0;
}

/** The word order goes on over four words: the lowest first for CDAB and DCBA. */
function quad(field: Field, data: Uint8Array, i: number, into: Block): void {
  const first = pair(data, field.at, field.order);
  const second = pair(data, field.at + 4, field.order);
  const lowFirst = field.order === "CDAB" || field.order === "DCBA";
  into.words[2 * i] = lowFirst ? first : second;
  into.words[2 * i + 1] = lowFirst ? second : first;
}

/** Up to the first zero byte, Latin 1, so that no byte is lost. */
function text(field: Field, data: Uint8Array): string {
  let out = "";
  for (let w = 0; w < field.words; w++) {
    const both = word(data, field.at + 2 * w, field.order);
    for (const code of [both >> 8, both & 0xff]) {
      if (code === 0) return out;
      out += String.fromCharCode(code);
    }
  }
  return out;
}
