import { join } from "node:path";
import { openCloud } from "../../cloud/verify/cloud-side.ts";
import { readEdge, readFreed } from "../../cloud/verify/edge-side.ts";
import { readLedger } from "../../cloud/verify/ledger.ts";
import { type Scene, until } from "../support/parts.ts";

/** What happened on the rig in a span of time. */
export interface Meanwhile {
  /** Answers of the PLC that held its counter. */
  polls: number;
  /** Frames of telemetry that the rig put on its disk. */
  frames: number;
}

/** What became of the frames that were noted. */
export interface Kept {
  noted: number;
  /** Neither in the office nor on the rig. */
  gone: string[];
  /** In the office with another content. */
  changed: string[];
  /** Readings in the office, of all frames. */
  readings: number;
}

/** Remembers what the rig had promised to keep, and looks for it at the end. */
export interface Witness {
  /** Notes each frame that the rig's journal shows at this moment: what a commit has made visible is promised to survive. */
  note(): void;
  meanwhile(from: number, to: number): Promise<Meanwhile>;
  /** Waits until each frame that the rig has now lies in the office's archive; gives how many it lacked and how long that took. */
  drained(withinS: number): Promise<{ lacked: number; ms: number }>;
  kept(): Kept;
  /** The longest time between two answers of the PLC in which nothing was done to the edge, ms. */
  longestPause(): number;
}

/** Looks at a scene's files from outside, for reading only. */
export function openWitness({ data, ledger }: Pick<Scene, "data" | "ledger">): Witness {
  const journal = join(data, "edge", "journal.db");
  const archive = join(data, "cloud", "archive.db");
  const noted = new Map<string, string>();
  const struckAt: number[] = [];
  const onRig = () => readEdge(journal, readFreed(journal));

  return {
    note() {
      for (const [name, digest] of named(onRig())) noted.set(name, digest);
      struckAt.push(Date.now());
    },
    async meanwhile(from, to) {
      // The ledger is written once a second.
      await until(
        async () => (readLedger(ledger).to ?? 0) > to,
        () => "the simulated rig writes no ledger",
      );
      const within = (at: number) => at >= from && at <= to;
      const frames = onRig().flatMap(({ stream, frames: all }) => (stream === "telemetry" ? all : []));
      return {
        polls: readLedger(ledger).served.filter(({ at }) => within(at)).length,
        frames: frames.filter(({ receivedAt }) => within(receivedAt)).length,
      };
    },
    async drained(withinS) {
      const began = performance.now();
      const names = named(onRig()).map(([name]) => name);
      const lacking = () => {
        const { frames } = officeOf(archive);
        return names.filter((name) => !frames.has(name)).length;
      };
      const lacked = lacking();
      await until(
        async () => lacking() === 0,
        () => `the office still lacks ${lacking()} frames`,
        withinS,
      );
      return { lacked, ms: performance.now() - began };
    },
    kept() {
      const office = officeOf(archive);
      const rig = new Map(named(onRig()));
      const names = [...noted.keys()];
      return {
        noted: noted.size,
        gone: names.filter((name) => !office.frames.has(name) && !rig.has(name)),
        changed: names.filter((name) => (office.frames.get(name) ?? noted.get(name)) !== noted.get(name)),
        readings: office.readings,
      };
    },
    longestPause() {
      const { served } = readLedger(ledger);
      const pauses = served.slice(1).flatMap(({ at }, i) => {
        const before = served[i]?.at ?? at;
        return struckAt.some((moment) => moment >= before - 1_000 && moment <= at) ? [] : [at - before];
      });
      return Math.max(0, ...pauses);
    },
  };
}

type Streams = ReturnType<typeof readEdge>;

function named(streams: readonly Pick<Streams[number], "epoch" | "stream" | "frames">[]): [string, string][] {
  return streams.flatMap(({ epoch, stream, frames }) =>
    frames.map(({ seq, digest }): [string, string] => [`${stream} ${seq} of ${epoch}`, digest]),
  );
}

function officeOf(path: string): { frames: ReadonlyMap<string, string>; readings: number } {
  const archive = openCloud(path);
  let readings = 0;
  try {
    const rigs = archive.read((_rig, source) => {
      for (const { start, end } of source.pieces.values()) readings += end - start;
    });
    return { frames: new Map(rigs.flatMap(({ streams }) => named(streams))), readings };
  } finally {
    archive.close();
  }
}
