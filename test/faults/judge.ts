import { cpSync, globSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Report, verify } from "../../cloud/verify/verify.ts";
import { Random } from "../sim/random.ts";
import { LostError } from "./acknowledged.ts";
import type { Carrier } from "./carriers.ts";
import type { Fault, Outcome } from "./fault.ts";
import { openStage, type Stage } from "./stage.ts";

/** One run of a fault. */
export interface Run {
  fault: Fault;
  carrier: Carrier;
  seed: number;
  strikes: number;
  /** Times that are promised are held; else they are only told, as on a machine that does much else. */
  timed: boolean;
  /** What lies there of a run that is not as promised is kept. */
  keep: boolean;
}

/** Runs a fault on a fresh stage and has the oracle judge: what the rig served against what the edge has and the cloud stored. */
export async function judged({ fault, carrier, seed, strikes, timed, keep }: Run): Promise<Outcome> {
  const control = fault.mustLose === true;
  const named = { id: fault.id, title: fault.title, carrier, seed, strikes, control };
  const none = { ...named, made: 0, lost: 0, doubled: 0, stated: 0, deadS: 0, drainedS: 0 };
  let stage: Stage | undefined;
  try {
    stage = await openStage(carrier, seed, fault, timed);
    await fault.run(stage, new Random(seed), strikes);
    if (control)
      return { ...none, problem: "nothing was lost, so the fault that this is the control of does not bite" };
    const drainedS = await stage.drained();
    await stage.edge().end();
    const { data, ledger } = stage.scene;
    const archive = join(data, "cloud", "archive.db");
    const report = verify({
      ledger,
      edge: join(data, "edge", "journal.db"),
      disks: globSync(join(data, "disk-*", "journal.db")),
      cloud: archive,
    });
    const problem = report.balanced ? ((await fault.also?.(report, archive)) ?? null) : report.problems.join("; ");
    if (problem !== null && keep) keepOf(data, fault.id);
    return { ...none, ...figuresOf(report), drainedS, problem };
  } catch (error) {
    const lost = error instanceof LostError ? error.frames : 0;
    if (control && lost > 0) return { ...none, lost, problem: null };
    if (keep && stage !== undefined) keepOf(stage.scene.data, fault.id);
    const problem = error instanceof Error ? error.message : String(error);
    return { ...none, lost, problem };
  } finally {
    await stage?.close();
  }
}

function keepOf(data: string, id: string): void {
  const folder = mkdtempSync(join(tmpdir(), `kept-${id}-`));
  cpSync(data, folder, { recursive: true });
  process.stderr.write(`${id}: what lies there is kept in ${folder}\n`);
}

function figuresOf({ streams, ticks, deadSeconds }: Report) {
  const sum = (pick: (stream: Report["streams"][number]) => number) =>
    streams.reduce((total, one) => total + pick(one), 0);
  return {
    made: sum(({ made }) => made),
    lost: sum(({ missing }) => missing) + (ticks?.unexplained ?? 0),
    doubled: sum(({ doubled }) => doubled) + (ticks?.doubled ?? 0),
    stated: sum(({ lost }) => lost),
    deadS: deadSeconds,
  };
}
