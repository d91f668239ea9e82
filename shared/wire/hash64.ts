import { createHash } from "node:crypto";

/** First 64 bits of the SHA-256 of some bytes (of a text: its UTF-8), as 16 hex digits: how contents are named. */
export function hash64(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
