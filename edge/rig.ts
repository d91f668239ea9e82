import { join } from "node:path";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import { newId } from "../shared/node/data-folder.ts";
import type { Log } from "../shared/node/log.ts";
import { WireError } from "../shared/wire/bytes.ts";
import { decodeAnswer, decodeReceipt, encodeHello, verifyMessage } from "../shared/wire/messages.ts";
import type { DownTopic } from "../shared/wire/topics.ts";
import { type Alarms, openAlarms } from "./alarms/alarms.ts";
import { bootId, type Clock } from "./clock.ts";
import { dictionaryOf, sameVersions } from "./dictionary.ts";
import { openDriver } from "./drivers/index.ts";
import { type Gateway, type Source, startGateway } from "./gateway.ts";
import { type Latest, openLatest } from "./hmi/latest.ts";
import { claim, type Identity, openIdentity } from "./identity.ts";
import type { RunRecord } from "./journal/frames.ts";
import { type History, openHistory } from "./journal/history.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { openRigState } from "./quality/rig-state.ts";
import { openValidation } from "./quality/validate.ts";
import { type RigTags, tagsOf } from "./tags.ts";
import { lateUplink } from "./uplink/late.ts";
import { type CloudLink, openCloudLink } from "./uplink/link.ts";
import { mqttUplink } from "./uplink/mqtt.ts";
import type { Uplink, UplinkEvents } from "./uplink/uplink.ts";

/** What a rig's parts are told besides its configuration. */
export interface RigOptions {
  /** The edge's own folder. */
  folder: string;
  software: string;
  /** Another broker than the configuration's. */
  mqttUrl: string | undefined;
  claimToken: string | undefined;
  clock: Clock;
  log: Log;
  changed(): void;
}

/** A rig that runs. */
export interface Rig {
  config: RigConfig;
  record: RunRecord;
  sources: readonly Source[];
  latest: Latest;
  alarms: Alarms;
  journal: Journal;
  history: History;
  cloud: CloudLink;
  gateway: Gateway;
  stop(): Promise<void>;
}

/** Builds the parts for a configuration and starts them. */
export async function startRig(config: RigConfig, options: RigOptions): Promise<Rig> {
  const { folder, clock, log } = options;
  const started = clock.now();
  const tags = tagsOf(config, started.receivedAt);
  const record = recordOf(config, options.software, started.receivedAt);
  const identity = openIdentity(folder, config.rig);
  const path = join(folder, "journal.db");
  const journal = await openJournal({ path, record, budgetBytes: config.journalBytes });
  if (journal.setAside !== null)
    log.error({ file: journal.setAside }, "the journal could not be read and was set aside");
  const history = openHistory({ path, rig: config.rig, pem: identity.key.pem });
  const { opening } = journal;
  const versions = sameVersions(tags.versions, opening);
  const latest = openLatest(
    versions,
    ({ id }) => tags.pollMs[versions.findIndex((version) => version.id === id)] ?? 1_000,
  );
  const now = { at: started.receivedAt, mono: started.mono };
  const alarms = openAlarms({ tags: versions, pollMs: tags.pollMs, restored: opening.openAlarms, now });
  const sources = await openSources(config, tags, join(folder, "pki"));
  const cloud = openLink(config, identity, journal, history, options, record);
  const gateway = startGateway({
    config,
    sources,
    dictionary: dictionaryOf(versions, opening),
    validation: openValidation(versions, tags.sentinels),
    rigState: openRigState(versions),
    latest,
    alarms,
    scoring: null,
    journal,
    cloud,
    clock,
    log,
    changed: options.changed,
  });
  async function stop(): Promise<void> {
    await gateway.stop();
    await history.close();
  }
  return { config, record, sources, latest, alarms, journal, history, cloud, gateway, stop };
}

function recordOf(config: RigConfig, software: string, startedAt: number): RunRecord {
  const { origin, name: rigName, well, timeZone } = config;
  return { epoch: newId(), boot: bootId(), software, origin, startedAt, rigName, well, timeZone };
}

async function openSources(config: RigConfig, tags: RigTags, pkiFolder: string): Promise<Source[]> {
  return Promise.all(
    config.devices.map(async (device, i) => {
      const firstTag = tags.firstTags[i] ?? 0;
      return { device, firstTag, driver: await openDriver(device, { firstTag, pkiFolder }) };
    }),
  );
}

function openLink(
  config: RigConfig,
  identity: Identity,
  journal: Journal,
  history: History,
  options: RigOptions,
  record: RunRecord,
): CloudLink {
  const { log, software, clock } = options;
  let enrolled = identity;
  const closing = new AbortController();

  async function enrol(events: UplinkEvents): Promise<Uplink | null> {
    if (config.cloud === undefined) return null;
    const { url, mqtt } = config.cloud;
    const { folder, claimToken: token } = options;
    const known = await claim(identity, { folder, rig: config.rig, url, token, log, signal: closing.signal });
    if (known?.enrolment == null) {
      log.warn("this rig is not enrolled: readings are kept here until it is claimed (IDRILL_CLAIM)");
      return null;
    }
    enrolled = known;
    const { brokerUser: user, brokerSecret: secret } = known.enrolment;
    return mqttUplink({ url: options.mqttUrl ?? mqtt, rig: config.rig, user, secret, events });
  }

  const link = openCloudLink({
    rig: config.rig,
    key: identity.key.id,
    software,
    books: {
      facts: journal.opening.facts,
      onCommitted: journal.onCommitted,
      settle: journal.settle,
      encode: history.encode,
      renew(reason) {
        log.error({ reason }, "a new epoch begins: the running one's names are in doubt");
        return journal.renew({ ...record, epoch: newId(), startedAt: clock.now().receivedAt });
      },
    },
    encodeHello: (page) => encodeHello(page, identity.key.sign),
    open: (topic, bytes) => openMessage(enrolled, topic, bytes),
    openUplink: (events) => lateUplink(enrol(logged(events, log)), "this rig is not enrolled with the cloud"),
    onConflict: (conflict) => log.error(conflict, "rig and cloud hold different frames under one name"),
    onChange: options.changed,
  });
  return {
    ...link,
    async stop() {
      closing.abort();
      await link.stop();
    },
  };
}

function logged(events: UplinkEvents, log: Log): UplinkEvents {
  return {
    ...events,
    up() {
      log.info("connected to the broker");
      events.up();
    },
    down(why) {
      log.warn({ why }, "the connection to the broker is down");
      events.down(why);
    },
  };
}

/** An answer's page or a receipt that a key of the cloud signed; anything else is nothing. */
function openMessage(identity: Identity, topic: DownTopic, bytes: Uint8Array) {
  try {
    const message = topic === "hello" ? { answer: decodeAnswer(bytes) } : { receipt: decodeReceipt(bytes) };
    const { key } = "answer" in message ? message.answer : message.receipt;
    return verifyMessage(bytes, (content, signature) => identity.verify(key, content, signature)) ? message : null;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
