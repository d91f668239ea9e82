import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Memory = z.object({ hole: z.number().positive() });

/** Where the well begins, and how deep it gets before the rig moves to a new one, ft. */
const WELL = { start: 9_800, end: 12_000 };

/** How deep the hole is, kept over restarts: a rig that is switched on again does not find its hole filled. */
export interface Memory {
  /** ft */
  depth: number;
  keep(hole: number): void;
}

export function openMemory(folder: string): Memory {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "hole.json");
  const read = (): number => {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return WELL.start;
      throw new Error(`${file} can't be read`, { cause: error });
    }
    const { hole } = Memory.parse(JSON.parse(text));
    return hole < WELL.end ? hole : WELL.start;
  };
  return {
    depth: read(),
    keep(hole) {
      writeFileSync(`${file}.new`, JSON.stringify({ hole }));
      renameSync(`${file}.new`, file);
    },
  };
}
