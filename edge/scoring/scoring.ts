import type { Evidence } from "../../shared/domain/alarm.ts";
import { AT_SOURCE, BAD, type Block, NO_VALUE, realBits, reasonCode } from "../../shared/domain/reading.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Log } from "../../shared/node/log.ts";
import { hash64 } from "../../shared/wire/hash64.ts";
import { openInputs } from "./inputs.ts";
import { type Manifest, readModel } from "./manifest.ts";
import { type ModelCounts, startModelWorker } from "./model-worker.ts";
import type { Answer } from "./worker.ts";

/** What the last score rests on, for the screen and for an alarm. */
export interface LastScore {
  model: string;
  at: number;
  score: number | null;
  /** Why there is no score, with the input to blame; null where there is one. */
  refused: string | null;
  /** How many inputs the model takes, and how many of them could not be used. */
  inputs: number;
  unusable: number;
  /** Greatest share first; empty where there is no score. */
  evidence: Evidence[];
}

export interface Scoring {
  /** The score's tag; stands behind the devices' tags in the dictionary, at `index`. */
  tag: TagVersion;
  /** Offers the readings of a committed tick; never waits. */
  offer(block: Block, at: number, state: RigState): void;
  /** Appends the scores that were finished since the last call; a refusal is a bad reading with its reason. */
  finished(into: Block): void;
  last(): LastScore | null;
  /** Since the start. */
  counts(): ModelCounts;
  close(): Promise<void>;
}

export interface ScoringOptions {
  folder: string;
  rig: string;
  /** The devices' tags in the order of the dictionary. */
  tags: readonly TagVersion[];
  /** The score's position in the dictionary. */
  index: number;
  validFrom: number;
  log: Log;
  /** How long a tick may wait for its answer before the worker counts as stuck. */
  stuckMs?: number;
}

/** The tag of a model's score on a rig: its id follows from both, so that a new version of the model goes on with the same tag. */
export function scoreTag(manifest: Manifest, rig: string, validFrom: number): TagVersion {
  return {
    id: hash64(`${rig}/score/${manifest.id}`),
    name: `score.${manifest.id.replaceAll("-", "_")}`,
    label: "Anomaly score",
    unit: "score",
    kind: { type: "real", scale: 1, offset: 0 },
    limits: { h: { at: 1, priority: 2 }, sane: [0, 1e6], onDelayS: manifest.onDelayS, deadband: 0.1 },
    source: `model ${manifest.id} ${manifest.sha256.slice(0, 16)}`,
    validFrom,
  };
}

/** Starts a model's worker. Throws when the model is refused or an input is not among the tags. */
export function startScoring({ folder, rig, tags, index, validFrom, log, stuckMs = 5_000 }: ScoringOptions): Scoring {
  const { manifest } = readModel(folder);
  const tag = scoreTag(manifest, rig, validFrom);
  const inputsOf = openInputs(manifest, tags);
  const labels = new Map(tags.map(({ name, label }) => [name, label]));
  const worker = startModelWorker({ folder, log, stuckMs });
  let last: LastScore | null = null;
  let asked = 0;

  function offer(block: Block, at: number, state: RigState): void {
    worker.ask({ id: ++asked, at, state, values: inputsOf(block, at) });
  }

  function finished(into: Block): void {
    for (const answer of worker.answers()) {
      last = lastScoreOf(answer, manifest, labels);
      if (answer.status === "scored") into.pushBits(index, answer.at, realBits(answer.score), 0, AT_SOURCE, 0);
      else
        into.push(index, answer.at, 0, BAD | NO_VALUE | AT_SOURCE, reasonCode(answer.reason, (answer.input ?? -1) + 1));
    }
  }

  return {
    tag,
    offer,
    finished,
    last: () => last,
    counts: worker.counts,
    close: worker.close,
  };
}

function lastScoreOf(answer: Answer, manifest: Manifest, labels: ReadonlyMap<string, string>): LastScore {
  const { at } = answer;
  const about = { model: `${manifest.id} ${manifest.version}`, at, inputs: manifest.inputs.length };
  if (answer.status === "refused") {
    const input = answer.input === null ? undefined : manifest.inputs[answer.input];
    const refused = input === undefined ? answer.reason : `${answer.reason}: ${labels.get(input.name) ?? input.name}`;
    return { ...about, score: null, refused, unusable: answer.unusable, evidence: [] };
  }
  const { features, shares, residuals } = answer;
  const evidence = manifest.inputs.map(({ name, unit }, i): Evidence => {
    const [share = 0, residual = 0, value] = [shares[i], residuals[i], features[i]];
    return { name, label: labels.get(name) ?? name, unit, share, residual, ...(value === undefined ? {} : { value }) };
  });
  evidence.sort((one, other) => other.share - one.share);
  return { ...about, score: answer.score, refused: null, unusable: 0, evidence };
}
