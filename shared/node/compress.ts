import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** zstd at a level whose cost a small box can bear; 1 where readings flow, 3 for what is kept. */
export function compress(bytes: Uint8Array, level = 1): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

/** Undoes `compress`; throws when the content is not zstd or would be longer than `limit` bytes. */
export function decompress(bytes: Uint8Array, limit: number): Uint8Array {
  return zstdDecompressSync(bytes, { maxOutputLength: limit });
}
