import { utf8 } from "../../shared/wire/bytes.ts";
import { hashBytes } from "../../shared/wire/checksum.ts";

const none = new Uint8Array(0);

/**
 * 53 bits over a row's other columns, to be stored beside them: SQLite has no checksums, and a disk may give back what was not written. A frame's
 * body needs none here, since it ends with a hash of its own.
 */
export function sealOf(columns: readonly (number | string)[], body: Uint8Array = none): number {
  const [names, content] = [hashBytes(utf8(columns.join(" "))), hashBytes(body)];
  const [a, b] = [names.a ^ content.a, names.b ^ content.b];
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}

/** Whether a row is as it was written: every row has a seal, so one without is damaged. */
export function isSealed(seal: number | null, columns: readonly (number | string)[], body?: Uint8Array): boolean {
  return seal === sealOf(columns, body);
}
