import type { RigConfig } from "../shared/domain/rig-config.ts";
import { newId } from "../shared/node/id.ts";
import type { Log } from "../shared/node/log.ts";
import { decodeAnswer } from "../shared/wire/answer.ts";
import { WireError } from "../shared/wire/bytes.ts";
import { encodeHello } from "../shared/wire/hello.ts";
import { decodeReceipt } from "../shared/wire/receipt.ts";
import { decodeRequests } from "../shared/wire/request.ts";
import type { SenderFacts } from "../shared/wire/sender-facts.ts";
import { verifySigned } from "../shared/wire/signed.ts";
import type { DownTopic } from "../shared/wire/topics.ts";
import type { Clock } from "./clock.ts";
import { claim, type Identity } from "./identity.ts";
import type { RunRecord } from "./journal/frames.ts";
import { type History, ReadError } from "./journal/history.ts";
import type { Journal } from "./journal/journal.ts";
import type { LinkBudget } from "./link-budget.ts";
import { lateUplink } from "./uplink/late.ts";
import { type CloudLink, type Books as LinkBooks, openCloudLink } from "./uplink/link.ts";
import { mqttUplink } from "./uplink/mqtt.ts";
import type { DownMessage } from "./uplink/talk.ts";
import type { Uplink, UplinkEvents } from "./uplink/uplink.ts";

export interface EnrolledLinkParts {
  config: RigConfig;
  identity: Identity;
  journal: Journal;
  history: History;
  /** What the journal holds. */
  facts: SenderFacts;
  /** This run's. */
  record: RunRecord;
  /** The edge's own folder. */
  folder: string;
  software: string;
  /** Another broker than the configuration's. */
  mqttUrl: string | undefined;
  claimToken: string | undefined;
  budget: LinkBudget;
  clock: Clock;
  log: Log;
  changed(): void;
}

/** The talk with the cloud over MQTT, from the moment on that the rig is enrolled; until then frames are owed and wait. */
export function openEnrolledLink(parts: EnrolledLinkParts): CloudLink {
  const { config, identity, journal, history, record, log } = parts;
  let enrolled = identity;
  const closing = new AbortController();

  async function enrol(events: UplinkEvents): Promise<Uplink | null> {
    if (config.cloud === undefined) return null;
    const { url, mqtt } = config.cloud;
    const { folder, claimToken: token } = parts;
    const known = await claim(identity, { folder, rig: config.rig, url, token, log, signal: closing.signal });
    if (known?.enrolment == null) {
      log.warn("this rig is not enrolled: readings are kept here until it is claimed (IDRILL_CLAIM)");
      return null;
    }
    enrolled = known;
    const { brokerUser: user, brokerSecret: secret } = known.enrolment;
    return mqttUplink({ url: parts.mqttUrl ?? mqtt, rig: config.rig, user, secret, events });
  }

  const link = openCloudLink({
    rig: config.rig,
    key: identity.key.id,
    software: parts.software,
    books: {
      facts: parts.facts,
      onCommitted: journal.onCommitted,
      settle: journal.settle,
      encode: history.encode,
      closedBetween: unlessUnreadable(history.closedBetween, log),
      report: (report) =>
        journal.append({ stream: "events", ...parts.clock.now(), events: [{ type: "request", ...report }] }),
      tellAgain(dictionary) {
        log.warn({ dictionary }, "the cloud does not know a dictionary that it was told of; it is told again");
        return journal.tellAgain(dictionary, parts.clock.now());
      },
      renew(reason) {
        log.error({ reason }, "a new epoch begins: the running one's names are in doubt");
        return journal.renew({ ...record, epoch: newId(), startedAt: parts.clock.now().receivedAt });
      },
    },
    encodeHello: (page) => encodeHello(page, identity.key.sign),
    open: (topic, bytes) => openMessage(enrolled, topic, bytes),
    openUplink: (events) => lateUplink(enrol(logged(events, log)), "this rig is not enrolled with the cloud"),
    governor: parts.budget.governor,
    onTime(at, roundTripMs) {
      const half = Math.ceil(roundTripMs / 2);
      parts.clock.hear({ at, mono: parts.clock.now().mono - half, uncertainty: half + 1, by: "office" });
    },
    onMoved: ({ epoch, stream, frames }) =>
      log.error(
        { epoch, stream, frames },
        "rig and cloud hold different frames under these names: ours move to others",
      ),
    onChange: parts.changed,
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

/** Null where the disk gives nothing at the moment; a bug is thrown. */
function unlessUnreadable(closedBetween: History["closedBetween"], log: Log): LinkBooks["closedBetween"] {
  return async (from, to) => {
    try {
      return await closedBetween(from, to);
    } catch (error) {
      if (!(error instanceof ReadError) || error.trouble === "bug") throw error;
      log.error({ err: error, from, to }, "what the office asks for cannot be read from the disk");
      return null;
    }
  };
}

/** What a key of the cloud signed for this rig on its topic; anything else is nothing. */
function openMessage(identity: Identity, topic: DownTopic, bytes: Uint8Array): DownMessage | null {
  try {
    const message = decoded(topic, bytes);
    if (message === null) return null;
    const { key } = "answer" in message ? message.answer : "receipt" in message ? message.receipt : message.requests;
    return verifySigned(bytes, (content, signature) => identity.verify(key, content, signature)) ? message : null;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function decoded(topic: DownTopic, bytes: Uint8Array): DownMessage | null {
  switch (topic) {
    case "hello":
      return { answer: decodeAnswer(bytes) };
    case "receipt":
      return { receipt: decodeReceipt(bytes) };
    case "desired":
      return { requests: decodeRequests(bytes) };
    case "command":
      return null;
  }
}
