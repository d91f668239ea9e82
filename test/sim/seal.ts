import type { Id } from "../../shared/domain/id.ts";
import { type Sign, signatureBytes } from "../../shared/wire/batch.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import { hashBytes } from "../../shared/wire/checksum.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import { verifySigned } from "../../shared/wire/signed.ts";

/** The key that the cloud signs with. */
export const cloudKey: Id = "c000000000000000";

/** Signs as the owner of a key: a hash over bytes and key, since who may sign what is the subject here, not how. */
export function signerOf(key: Id): Sign {
  return (bytes) => {
    const words = wordsOf(key, bytes);
    const signature = new Uint8Array(signatureBytes);
    for (let i = 0; i < 8; i++) signature[i] = byteAt(words, i);
    return signature;
  };
}

/** Whether the owner of a key signed these bytes. */
export function isOf(key: Id, bytes: Uint8Array, signature: Uint8Array): boolean {
  const words = wordsOf(key, bytes);
  for (let i = 0; i < signatureBytes; i++) if (signature[i] !== (i < 8 ? byteAt(words, i) : 0)) return false;
  return true;
}

function wordsOf(key: Id, bytes: Uint8Array): Checksum {
  const { a, b } = hashBytes(bytes);
  return { a: a ^ Number.parseInt(key.slice(0, 8), 16), b: b ^ Number.parseInt(key.slice(8), 16) };
}

function byteAt({ a, b }: Checksum, i: number): number {
  return (((i & 4) === 0 ? a : b) >>> (8 * (i & 3))) & 0xff;
}

/** What a message says; null where it can't be read, or is not signed with the key that it names. */
export function opened<T extends { key: Id }>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | null {
  const said = readable(() => decode(bytes));
  if (said === null) return null;
  return verifySigned(bytes, (signed, signature) => isOf(said.key, signed, signature)) ? said : null;
}

/** What `read` gives; null where what arrived cannot be read. */
export function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
