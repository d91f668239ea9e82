import { type Sign, signatureBytes, type Verify } from "./batch.ts";
import { Reader, WireError, type Writer } from "./bytes.ts";
import { maxPageBytes } from "./limits.ts";

/**
 * The first byte of what is signed besides batches (whose first byte is their format), so that no message passes for
 * one of another kind. The second is the kind's own format number.
 */
export const kinds = { hello: 0x48, answer: 0x41, receipt: 0x52, requests: 0x51 } as const;

/** What was written and, behind it, the signature over it. */
export function withSignature(written: Writer, sign: Sign): Uint8Array {
  const signature = sign(written.view8());
  if (signature.length !== signatureBytes) throw new RangeError(`a signature has ${signatureBytes} bytes`);
  written.bytes(signature);
  return written.finish();
}

/** What `verify` (which may promise) says of the signature at the end of a hello, an answer, a receipt or a list of requests, over all the bytes before it. */
export function verifySigned<Said>(bytes: Uint8Array, verify: (...of: Parameters<Verify>) => Said): Said | false {
  if (bytes.length <= signatureBytes) return false;
  const end = bytes.length - signatureBytes;
  return verify(bytes.subarray(0, end), bytes.subarray(end));
}

/** A reader over what is signed, behind kind and format. Throws WireError where they are others. */
export function readSigned(bytes: Uint8Array, kind: keyof typeof kinds, format: number): Reader {
  if (bytes.length > maxPageBytes) throw new WireError(`${kind}: of ${bytes.length} bytes, at most ${maxPageBytes}`);
  if (bytes.length <= signatureBytes) throw new WireError(`${kind}: of ${bytes.length} bytes has no signature`);
  const from = new Reader(bytes.subarray(0, bytes.length - signatureBytes), kind);
  const first = from.u8("kind");
  if (first !== kinds[kind]) throw from.fail("kind", `is ${first}, not ${kinds[kind]}`);
  const second = from.u8("format");
  if (second !== format) throw from.fail("format", `is ${second}, ${format} is known`);
  return from;
}
