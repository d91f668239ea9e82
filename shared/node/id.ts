import { randomBytes } from "node:crypto";

/** 64 fresh random bits as 16 hex digits. */
export function newId(): string {
  return randomBytes(8).toString("hex");
}
