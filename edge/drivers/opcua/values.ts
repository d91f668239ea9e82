import type { DataValue, Variant } from "node-opcua-client";
import {
  AT_SOURCE,
  BAD,
  type Block,
  GOOD,
  NO_VALUE,
  realBits,
  reasonCode,
  UNCERTAIN,
} from "../../../shared/domain/reading.ts";
import type { Kind } from "../../../shared/domain/tag.ts";

// Built-in types by their number (OPC 10000-6 table 1), so that this file loads none of the library.
const boolean = 1;
const float = 10;
const double = 11;
const string = 12;
const localizedText = 21;
/** SByte to UInt32: whole numbers that a double holds. */
const isShort = (type: number) => type >= 2 && type <= 7;
const isLong = (type: number) => type === 8 || type === 9;

/** InfoType DataValue with the bit Overflow (OPC 10000-4 table 179): the server's queue lost values before this one. */
const overflowBits = 0x480;

/**
 * Appends what a server says of a node: its value bit for bit, its status code as quality and reason, its own time.
 * Values that the server lost before this one stand as a bad reading in front of it. `now` is the gateway's time, for a server that gives none.
 */
export function putValue(into: Block, tag: number, kind: Kind, data: DataValue, now: number): void {
  const source = data.sourceTimestamp?.getTime() ?? Number.NaN;
  const known = source > 0;
  const at = known ? source : now;
  const stamp = known ? AT_SOURCE : 0;
  const status = data.statusCode.value;
  if ((status & overflowBits) === overflowBits) {
    into.push(tag, at, 0, BAD | NO_VALUE | stamp, reasonCode("overflow at the source"));
  }
  const quality = qualityOf(status);
  const detail = status >>> 16;
  const reason = detail === 0 ? 0 : reasonCode("device status", detail);
  const misfit = putVariant(into, tag, at, kind, data.value, quality | stamp, reason);
  if (misfit === null) return;
  const why = quality === BAD ? reason : reasonCode(misfit);
  into.push(tag, at, 0, BAD | NO_VALUE | stamp, why);
}

function qualityOf(status: number): number {
  const severity = status >>> 30;
  return severity === 0 ? GOOD : severity === 1 ? UNCERTAIN : BAD;
}

type Misfit = "wrong type" | "text, not a number" | "cell empty";

/** Appends the value, or says why it is none of this kind and appends nothing. */
function putVariant(
  into: Block,
  tag: number,
  at: number,
  kind: Kind,
  variant: Variant,
  status: number,
  reason: number,
): Misfit | null {
  const { value } = variant;
  const type: number = variant.dataType;
  if (value === null || value === undefined || type === 0) return "cell empty";
  switch (kind.type) {
    case "text": {
      const text = type === localizedText ? value.text : value;
      if ((type !== string && type !== localizedText) || typeof text !== "string") return "wrong type";
      into.pushText(tag, at, text, status, reason);
      return null;
    }
    case "flag":
      if (type !== boolean) return misfitOf(type);
      into.push(tag, at, value === true ? 1 : 0, status, reason);
      return null;
    case "double":
      if (type !== double && type !== float && !isShort(type)) return misfitOf(type);
      into.push(tag, at, value, status, reason);
      return null;
    case "real":
      if (type !== float) return misfitOf(type);
      into.pushBits(tag, at, realBits(value), 0, status, reason);
      return null;
    case "scaled":
      if (isShort(type) && kind.bits !== 64) into.push(tag, at, value, status, reason);
      else if (isShort(type)) into.pushBits(tag, at, value >>> 0, value < 0 ? 0xffffffff : 0, status, reason);
      // The library gives 64 bits as [upper, lower].
      else if (isLong(type) && kind.bits === 64) into.pushBits(tag, at, value[1], value[0], status, reason);
      else return misfitOf(type);
      return null;
  }
}

function misfitOf(type: number): Misfit {
  return type === string || type === localizedText ? "text, not a number" : "wrong type";
}
