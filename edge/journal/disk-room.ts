import { statfsSync, statSync } from "node:fs";

/** What is left of the file system that the journal lies on, in bytes. */
export interface DiskRoom {
  /** What the journal's file takes there now; what stands in its write-ahead log alone comes to it. */
  fileBytes: number;
  freeBytes: number;
  /** Of these, what the file does not grow into: the write-ahead log needs room, and so does all else on the box. */
  reserveBytes: number;
}

/** Share of the file system that stays free, and the least and most of it: a write-ahead log, and what no box needs. */
const RESERVE = 0.05;
const LEAST_RESERVE = 8_388_608;
const MOST_RESERVE = 1_000_000_000;

/** The room where this file lies; null where the system does not say. */
export function diskRoom(path: string): DiskRoom | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    const share = Math.floor(blocks * bsize * RESERVE);
    const reserveBytes = Math.min(MOST_RESERVE, Math.max(LEAST_RESERVE, share));
    return { fileBytes: statSync(path).size, freeBytes: bavail * bsize, reserveBytes };
  } catch {
    // Whatever is wrong with the disk, the next commit says so.
    return null;
  }
}

/** Bytes that a journal of so many may come to: what its budget allows, or what the file system has left for it above the reserve. */
export function mostBytes(budgetBytes: number, journalBytes: number, room: DiskRoom | null): number {
  if (room === null) return budgetBytes;
  const { fileBytes, freeBytes, reserveBytes } = room;
  return Math.min(budgetBytes, Math.max(journalBytes, fileBytes + freeBytes - reserveBytes));
}
