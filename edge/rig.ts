import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdviceByAlarm } from "../shared/domain/advice.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import type { Log } from "../shared/node/log.ts";
import { adviceIn } from "./advice.ts";
import { type Alarms, openAlarms } from "./alarms/alarms.ts";
import { openStorageWatch, type StorageWatch } from "./alarms/storage.ts";
import { type Linked, type Opened, openBooks, orClose, type RigOptions } from "./books.ts";
import { startCloudWay } from "./cloud-way.ts";
import { type RigTags, tagsOf } from "./configuration/tags.ts";
import { dictionaryOf, sameVersions, wholeDictionary } from "./dictionary.ts";
import type { DriverOptions } from "./drivers/driver.ts";
import { openDriver } from "./drivers/index.ts";
import { type Gateway, type Source, startGateway } from "./gateway.ts";
import { type Latest, openLatest } from "./hmi/latest.ts";
import { openRigState } from "./quality/rig-state.ts";
import { openValidation } from "./quality/validate.ts";
import { type Scoring, startScoring } from "./scoring/scoring.ts";
import { journalFaults } from "./storage-faults.ts";

/** A rig that runs. */
export interface Rig extends Linked {
  sources: readonly Source[];
  latest: Latest;
  alarms: Alarms;
  /** The configuration's texts on alarms. */
  advice: AdviceByAlarm;
  storage: StorageWatch;
  scoring: Scoring | null;
  gateway: Gateway;
  stop(): Promise<void>;
}

/** Builds the parts for a configuration and starts them. Where it throws, what it had opened is closed again, so that it can be tried anew. */
export function startRig(config: RigConfig, options: RigOptions): Promise<Rig> {
  return orClose((opened) => startParts(config, options, opened));
}

async function startParts(config: RigConfig, options: RigOptions, opened: Opened): Promise<Rig> {
  const { folder, clock, log } = options;
  const started = clock.now();
  const tags = tagsOf(config, started.receivedAt);
  const books = await openBooks(config, started.receivedAt, options, opened);
  const { journal, history } = books;
  const { opening } = journal;
  const scoring = openScoring(config, tags, log, started.receivedAt);
  if (scoring !== null) opened.push(scoring);
  const versions = sameVersions([...tags.versions, ...(scoring === null ? [] : [scoring.tag])], opening);
  // A score comes with every tick.
  const pollMs = versions.map((_, i) => tags.pollMs[i] ?? config.tickMs);
  const position = new Map(versions.map(({ id }, i) => [id, i]));
  const latest = openLatest(versions, ({ id }) => pollMs[position.get(id) ?? -1] ?? config.tickMs);
  const alarms = openAlarms({
    tags: versions,
    pollMs,
    restored: opening.openAlarms,
    now: { at: started.receivedAt, mono: started.mono },
    boot: books.record.boot,
    clockSure: started.clock === "synchronised",
    evidenceOf: (tag) => (versions[tag]?.id === scoring?.tag.id ? scoring?.last()?.evidence : undefined),
  });
  const storage = openStorageWatch(opening.openAlarms);
  const known = new Set([...alarms.open(), ...storage.open()].map((each) => each.alarm));
  const sources = await openSources(config, tags, { pkiFolder: join(folder, "pki"), log });
  journal.defineBy(() => [
    ...wholeDictionary(versions),
    [...alarms.open(), ...storage.open()].map((state) => ({ type: "alarm", state })),
  ]);
  const { cloud, link } = startCloudWay(books, options);
  const gateway = startGateway({
    config,
    sources,
    dictionary: dictionaryOf(versions, opening),
    validation: openValidation(versions, tags.sentinels),
    rigState: openRigState(versions),
    latest,
    alarms,
    storage,
    faults: () => ({ ...journalFaults(journal.state()), identity: books.identity.lost }),
    forgotten: opening.openAlarms.filter((each) => !known.has(each.alarm)),
    scoring,
    journal,
    history,
    cloud,
    clock,
    log,
    changed: options.changed,
  });
  async function stop(): Promise<void> {
    await gateway.stop();
    await link.stop();
    await books.budget.close();
    await history.close();
  }
  const advice = adviceIn(config, scoring?.tag ?? null);
  return { ...books, sources, latest, alarms, advice, storage, scoring, cloud, link, gateway, stop };
}

/** A model that is refused costs scores, nothing else. */
function openScoring(config: RigConfig, tags: RigTags, log: Log, validFrom: number): Scoring | null {
  if (config.scoring === undefined) return null;
  const folder = fileURLToPath(new URL(`./models/${config.scoring.model}`, import.meta.url));
  const { rig } = config;
  try {
    return startScoring({ folder, rig, tags: tags.versions, index: tags.versions.length, validFrom, log });
  } catch (error) {
    log.error({ model: config.scoring.model, err: error }, "the model is refused: no scores");
    return null;
  }
}

async function openSources(
  config: RigConfig,
  tags: RigTags,
  options: Omit<DriverOptions, "firstTag">,
): Promise<Source[]> {
  return Promise.all(
    config.devices.map(async (device, i) => {
      const firstTag = tags.firstTags[i] ?? 0;
      return { device, firstTag, driver: await openDriver(device, { firstTag, ...options }) };
    }),
  );
}
