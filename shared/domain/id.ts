import { z } from "zod";

/** 64 random bits as 16 lower-case hex digits: tags, epochs, incarnations, keys, boots. Made where the thing is made, never re-used. */
export const Id = z.string().regex(/^[0-9a-f]{16}$/, "16 lower-case hex digits");
export type Id = z.infer<typeof Id>;

/** The immutable name of a rig (V01). What people call it is its name, which may change. */
export const RigId = z.string().regex(/^[A-Za-z0-9_-]{1,50}$/, "1 to 50 of A-Z a-z 0-9 _ -");
export type RigId = z.infer<typeof RigId>;

/** Furthest from 1970 that a date can be, in ms. */
export const MAX_EPOCH_MS = 8.64e15;

/** Milliseconds since 1970, UTC. */
export const EpochMs = z.number().int().min(-MAX_EPOCH_MS).max(MAX_EPOCH_MS);
export type EpochMs = z.infer<typeof EpochMs>;
