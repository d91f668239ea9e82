import { exceptionFrame, type Request } from "./frame.ts";

/**
 * How a device can answer wrongly. "exception:N" answers with that code, "late:MS" after that time.
 * "dribble" sends a byte each 200 ms, "byte-by-byte" each 2 ms.
 */
export const misbehaviours = [
  "none",
  "other-transaction",
  "previous-transaction",
  "other-unit",
  "other-function",
  "too-few",
  "too-many",
  "protocol-id",
  "length-60000",
  "length-0",
  "garbage",
  "exception",
  "byte-by-byte",
  "dribble",
  "double",
  "silent",
  "close",
  "close-midway",
  "late",
] as const;

export interface Misbehaviour {
  mode: (typeof misbehaviours)[number];
  /** The N of "exception:N" (4 unless told), the MS of "late:MS" (900 unless told). */
  argument: number;
}

/** Bytes to send, in order, each after its pause; then perhaps the end of the connection. */
export interface Sending {
  parts: { afterMs: number; bytes: Buffer }[];
  close: boolean;
}

const once = (bytes: Buffer, afterMs = 0): Sending => ({ parts: [{ afterMs, bytes }], close: false });
const slowly = (bytes: Buffer, pauseMs: number): Sending => ({
  parts: Array.from(bytes, (byte) => ({ afterMs: pauseMs, bytes: Buffer.from([byte]) })),
  close: false,
});

/** Reads "late:900". Throws for a mode that does not exist. */
export function misbehaviourOf(text: string): Misbehaviour {
  const [word, argument] = text.split(":");
  const mode = misbehaviours.find((one) => one === word);
  if (mode === undefined) throw new Error(`misbehaviour "${text}": there are ${misbehaviours.join(", ")}`);
  return { mode, argument: argument === undefined ? (mode === "late" ? 900 : 4) : Number(argument) };
}

/** What goes out instead of a right answer. */
export function spoil(right: Buffer, request: Request, { mode, argument }: Misbehaviour): Sending {
  const wrong = Buffer.from(right);
  switch (mode) {
    case "none":
      return once(right);
    case "other-transaction":
      wrong.writeUInt16BE((request.transaction + 7) & 0xffff, 0);
      return once(wrong);
    case "previous-transaction":
      wrong.writeUInt16BE((request.transaction - 1) & 0xffff, 0);
      return once(wrong);
    case "other-unit":
      wrong.writeUInt8(request.unit ^ 1, 6);
      return once(wrong);
    case "other-function":
      wrong.writeUInt8(right.readUInt8(7) === 3 ? 4 : 3, 7);
      return once(wrong);
    case "too-few":
      return once(resized(right, -2));
    case "too-many":
      return once(resized(right, 2));
    case "protocol-id":
      wrong.writeUInt16BE(1, 2);
      return once(wrong);
    case "length-60000":
      wrong.writeUInt16BE(60_000, 4);
      return once(wrong);
    case "length-0":
      wrong.writeUInt16BE(0, 4);
      return once(wrong);
    case "garbage":
      return once(Buffer.from(right.map((_, i) => (i * 151 + 89) & 0xff)));
    case "exception":
      return once(exceptionFrame(request, argument));
    case "byte-by-byte":
      return slowly(right, 2);
    case "dribble":
      return slowly(right, 200);
    case "double":
      return once(Buffer.concat([right, right]));
    case "silent":
      return { parts: [], close: false };
    case "close":
      return { parts: [], close: true };
    case "close-midway":
      return { parts: [{ afterMs: 0, bytes: right.subarray(0, right.length - 1) }], close: true };
    case "late":
      return once(right, argument);
  }
}

/** A frame that agrees with itself (length and byte count) and has this many data bytes more or fewer than asked for. */
function resized(right: Buffer, by: number): Buffer {
  const data = Math.max(0, right.readUInt8(8) + by);
  const frame = Buffer.alloc(9 + data);
  right.copy(frame, 0, 0, Math.min(right.length, frame.length));
  frame.writeUInt16BE(3 + data, 4);
  frame.writeUInt8(data, 8);
  return frame;
}
