import { join } from "node:path";
import { z } from "zod";
import { EpochMs } from "../../shared/domain/id.ts";
import { type HashedFile, openHashedFile } from "../../shared/node/hashed-file.ts";

/** When a configuration ran is written down this often: after a power cut it may seem to have ended so much earlier. */
const NOTE_MS = 10_000;

/** The text of a configuration that started and gave good values, by the hash of its file. Written once for each. */
const Text = z.strictObject({ hash: z.string(), text: z.string(), from: EpochMs });
/** What changes while it runs, in a file of its own so that a long text is not written every few seconds. */
const Course = z.strictObject({
  hash: z.string(),
  until: EpochMs,
  /** Set while it runs because a person chose it, and the hash of the file (null: unreadable) that it runs instead of. */
  chosen: z.strictObject({ by: z.string(), at: EpochMs, instead: z.string().nullable() }).nullable(),
});
export type Choice = NonNullable<z.infer<typeof Course>["chosen"]>;

/** The last configuration that gave good values; `from` and `until` are the first and last of them that are known, ms UTC. */
export interface KeptConfig {
  hash: string;
  text: string;
  from: number;
  until: number;
}

/** The way back, on the disk: either the old or the new one is there after a power cut. */
export interface Kept {
  /** Null where none ever gave a good value. */
  last(): KeptConfig | null;
  /** Somebody's wish to run the kept one instead of the file; null where there is none. */
  chosen(): Choice | null;
  /** This configuration gave a good value at `at`. Written at once if it is another than the kept one, else every 10 s, or if `now`: then true. Throws if the disk refuses. */
  ran(config: { hash: string; text: string }, at: number, now?: boolean): boolean;
  /** Throws if the disk refuses, or if none is kept. */
  choose(choice: Choice | null): void;
}

/** Opens `configuration-kept.json` and `configuration-ran.json` (mode 0600) in the edge's folder. One that cannot be read, or of which a bit has changed, is as good as none, kept beside and told to `unreadable`. */
export function openKept(folder: string, unreadable: (path: string, cause: unknown) => void): Kept {
  const textFile = openHashedFile(join(folder, "configuration-kept.json"), Text);
  const courseFile = openHashedFile(join(folder, "configuration-ran.json"), Course);
  const text = valueIn("configuration-kept.json", textFile);
  const course = valueIn("configuration-ran.json", courseFile);
  let last: KeptConfig | null = null;
  let chosen: Choice | null = null;
  let notedAt = Number.NEGATIVE_INFINITY;
  if (text !== null) {
    // Of another text, or lost: then only the text's own beginning is known.
    last = { ...text, until: course?.hash === text.hash ? course.until : text.from };
    chosen = course?.hash === text.hash ? course.chosen : null;
  }

  function valueIn<T>(name: string, file: HashedFile<T>): T | null {
    try {
      const read = file.read();
      if (read === null || "value" in read) return read?.value ?? null;
      unreadable(join(folder, read.damaged.kept), read.damaged.problem);
    } catch (cause) {
      unreadable(join(folder, name), cause);
    }
    return null;
  }

  function note(hash: string, until: number, choice: Choice | null): void {
    courseFile.write({ hash, until, chosen: choice });
    notedAt = performance.now();
  }

  return {
    last: () => last,
    chosen: () => chosen,
    ran({ hash, text: content }, at, now = false) {
      if (last?.hash !== hash) {
        textFile.write({ hash, text: content, from: at });
        chosen = null;
        last = { hash, text: content, from: at, until: at };
        note(hash, at, null);
        return true;
      }
      if (at <= last.until) return false;
      last = { ...last, text: content, until: at };
      if (!now && performance.now() - notedAt < NOTE_MS) return false;
      note(hash, at, chosen);
      return true;
    },
    choose(choice) {
      if (last === null) throw new Error("no configuration is kept");
      note(last.hash, last.until, choice);
      chosen = choice;
    },
  };
}
