import type { Id } from "../domain/id.ts";
import type { Sign } from "./batch.ts";
import { Writer } from "./bytes.ts";
import type { Statement } from "./held.ts";
import { type Lane, lanes } from "./names.ts";
import { readStatements, writeStatements } from "./parts.ts";
import { kinds, readSigned, withSignature } from "./signed.ts";

/** Last send number of each lane that was processed and committed under the receipt's answer; 0 for none. */
export type Processed = Record<Lane, number>;

/**
 * What the cloud holds of the ranges that batches named under one answer, after the commit.
 * A healthy rig's is below 200 bytes, its signature included.
 */
export interface Receipt {
  rig: string;
  /** Which of the cloud's keys signs. */
  key: Id;
  incarnation: Id;
  /** Rises by rig within an incarnation, receipts and answers counted together. */
  number: number;
  /** The answer that the batches named; "" where the cloud does not know theirs: the rig is to say hello. */
  answer: Id | "";
  processed: Processed;
  statements: Statement[];
}

const receiptFormat = 1;

/** A receipt as bytes, signed with the cloud's key. */
export function encodeReceipt(receipt: Receipt, sign: Sign): Uint8Array {
  const to = new Writer(256);
  to.u8(kinds.receipt);
  to.u8(receiptFormat);
  to.text(receipt.rig);
  to.id(receipt.key);
  to.id(receipt.incarnation);
  to.varint(receipt.number);
  to.u8(receipt.answer === "" ? 0 : 1);
  if (receipt.answer !== "") to.id(receipt.answer);
  for (const lane of lanes) to.varint(receipt.processed[lane]);
  writeStatements(to, receipt.statements);
  return withSignature(to, sign);
}

/** A receipt of bytes; its signature is not looked at (`verifySigned`). Throws WireError. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const from = readSigned(bytes, "receipt", receiptFormat);
  const rig = from.text("rig", 50);
  const [key, incarnation] = [from.id("key"), from.id("incarnation")];
  const number = from.varint("number");
  const bits = from.u8("flags");
  if (bits > 1) throw from.fail("flags", `are ${bits}`);
  const answer = bits === 1 ? from.id("answer") : "";
  const last = () => from.varint("last send number");
  const processed = { events: last(), live: last(), backfill: last() };
  const statements = readStatements(from);
  from.end();
  return { rig, key, incarnation, number, answer, processed, statements };
}
