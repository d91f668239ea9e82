import type { Id, RigId } from "../shared/domain/id.ts";
import type { Log } from "../shared/node/log.ts";
import type { SigningKey } from "../shared/node/signing.ts";
import { encodeRequests, type Request } from "../shared/wire/request.ts";
import { downTopic } from "../shared/wire/topics.ts";
import type { FleetRequests, KeptRequest } from "./fleet/requests.ts";

/** What is asked of rigs, as ingest needs it. */
export type AskedOfRigs = Pick<
  FleetRequests,
  "openRequests" | "wasAsked" | "requestChange" | "rigsToTell" | "rigsSilent" | "toldRequests"
>;

interface Parts {
  asked: AskedOfRigs;
  key: SigningKey;
  publish(topic: string, bytes: Uint8Array): Promise<void>;
  /** Whether a rig is connected, as far as that can be known. */
  reaches(rig: RigId): boolean;
  log: Log;
}

/** Tells rigs what they are asked for: all of it under each answer to a hello, and when it changes. */
export interface Telling {
  /** A hello was answered, and the answer is on its way. */
  answered(rig: RigId, answer: Id): void;
  /** Tells what has changed since the last look; asks the database at most once a second. */
  look(): void;
}

const LOOK_MS = 1_000;
/** What a rig that is connected says nothing of is told again after so long. */
const UNHEARD_MS = 60_000;
/** The same of what it took long ago: what it said since may not have been noted. */
const SILENT_MS = 600_000;

export function telling({ asked, key, publish, reaches, log }: Parts): Telling {
  /** The newest answer of each rig, and the number of the last list under it. */
  const answers = new Map<RigId, { answer: Id; number: number; toldAt: number }>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let seen = 0;

  function tell(rig: RigId): void {
    const under = answers.get(rig);
    // It may have been told of what was withdrawn since: then it is told that nothing is left.
    if (under === undefined || !reaches(rig) || !asked.wasAsked(rig)) return;
    const open = asked.openRequests(rig);
    under.number++;
    under.toldAt = performance.now();
    const { answer, number } = under;
    const list = { rig, key: key.id, answer, number, requests: open.map((each) => requestOf(each, Date.now())) };
    publish(downTopic(rig, "desired"), encodeRequests(list, key.sign))
      .then(() => {
        const fresh = open.filter(({ toldAt }) => toldAt === null);
        if (fresh.length > 0) asked.toldRequests(fresh.map(({ request }) => request));
      })
      .catch((error: unknown) => log.warn({ err: error, rig }, "requests were not told to a rig"));
  }

  /** The fleet's database may refuse: nothing but this waits for it. */
  function whileReadable(work: () => void): void {
    try {
      work();
    } catch (error) {
      log.warn({ err: error }, "what rigs are asked for cannot be read");
    }
  }

  return {
    answered(rig, answer) {
      answers.set(rig, { answer, number: 0, toldAt: Number.NEGATIVE_INFINITY });
      whileReadable(() => tell(rig));
    },
    look() {
      if (performance.now() - lookedAt < LOOK_MS) return;
      lookedAt = performance.now();
      whileReadable(() => {
        const change = asked.requestChange();
        const isDue = (rig: RigId, afterMs: number) => (answers.get(rig)?.toldAt ?? 0) < lookedAt - afterMs;
        for (const rig of asked.rigsToTell(seen, Date.now() - UNHEARD_MS))
          if (change > seen || isDue(rig, UNHEARD_MS)) tell(rig);
        for (const rig of asked.rigsSilent(Date.now() - SILENT_MS)) if (isDue(rig, SILENT_MS)) tell(rig);
        seen = change;
      });
    },
  };
}

function requestOf({ request, wanted, maxBytes, bytes, endsAt, state }: KeptRequest, now: number): Request {
  const head = { request, leftMs: Math.max(0, endsAt - now), maxBytes, spentBytes: bytes, heard: state !== "asked" };
  if (wanted.what === "tags") return { ...head, what: "tags", tags: [...wanted.tags] };
  return { ...head, what: "span", from: wanted.start, to: wanted.end, repair: wanted.repair };
}
