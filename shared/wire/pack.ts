import { WireError } from "./bytes.ts";

/** Zstandard, passed in so that this room stays pure. */
export type Compress = (bytes: Uint8Array) => Uint8Array;
/** Must throw rather than give more than `maxBytes`, before it allocates them. */
export type Decompress = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

export interface Packed {
  /** 0 as it is, 1 zstd. */
  packing: number;
  bytes: Uint8Array;
}

/** Below this many bytes compressing gains nothing. */
const worthwhile = 96;

/** The body compressed, where that makes it shorter. */
export function pack(body: Uint8Array, compress: Compress | null): Packed {
  if (compress !== null && body.length >= worthwhile) {
    const bytes = compress(body);
    if (bytes.length < body.length) return { packing: 1, bytes };
  }
  return { packing: 0, bytes: body };
}

/** The body again, of at most `maxBytes`; throws WireError whatever decompression throws. */
export function unpack(
  { packing, bytes }: Packed,
  decompress: Decompress,
  maxBytes: number,
  where: string,
): Uint8Array {
  if (packing === 0) {
    if (bytes.length > maxBytes) throw new WireError(`${where}: body of ${bytes.length} bytes, at most ${maxBytes}`);
    return bytes;
  }
  if (packing !== 1) throw new WireError(`${where}: packing ${packing} is not known`);
  try {
    return decompress(bytes, maxBytes);
  } catch (cause) {
    throw new WireError(`${where}: body does not decompress`, { cause });
  }
}
