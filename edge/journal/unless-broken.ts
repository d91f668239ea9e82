import { WireError } from "../../shared/wire/bytes.ts";

/** What a decoder gives; null where the bytes are not those that were written. */
export function unlessBroken<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
