import { pooledVerifierOf } from "../shared/node/signing.ts";
import { type BatchHeader, decodeBatchHeader, verifyBatch } from "../shared/wire/batch.ts";
import { decodeHello, type HelloPage } from "../shared/wire/hello.ts";
import { verifySigned } from "../shared/wire/signed.ts";

import { parseUpTopic } from "../shared/wire/topics.ts";
import type { KeptMessage } from "./archive/archive.ts";
import type { RigKeys } from "./rig-keys.ts";
import { MAX_MESSAGE, type RigMessage } from "./source.ts";

/** A message whose signature is that of a live key of the rig that it names, in its topic too; or one that nobody answers for. */
export type Checked = BatchMessage | HelloMessage | AsideMessage;

interface Signed {
  rig: string;
  topic: string;
  /** As it came. */
  bytes: Uint8Array;
  landedAt: number;
}

export interface BatchMessage extends Signed {
  kind: "batch";
  header: BatchHeader;
}

export interface HelloMessage extends Signed {
  kind: "hello";
  page: HelloPage;
}

export interface AsideMessage {
  kind: "aside";
  /** One of few, to be counted by. */
  reason: "topic" | "too large" | "malformed" | "another rig" | "key" | "signature" | "lane";
  message: KeptMessage;
}

/**
 * Who says so? Whatever the broker let through is believed only if the rig signed it. The check never rejects for what came. Signatures are
 * worked out in the thread pool: for small batches they take longer than all the rest.
 */
export function signatureCheck(
  keys: Pick<RigKeys, "liveKey">,
): (message: RigMessage, landedAt?: number) => Promise<Checked> {
  const verifierFor = verifiersOf();
  return async ({ topic, payload }, landedAt = Date.now()) => {
    const aside = (reason: AsideMessage["reason"], problem: string = reason): AsideMessage => ({
      kind: "aside",
      reason,
      message: { topic, landedAt, problem, bytes: payload },
    });
    const place = parseUpTopic(topic);
    if (place === null) return aside("topic");
    if (payload.length > MAX_MESSAGE) return aside("too large");
    let content: HelloPage | BatchHeader;
    try {
      content = place.topic === "hello" ? decodeHello(payload) : decodeBatchHeader(payload).header;
    } catch (error) {
      return aside("malformed", messageOf(error));
    }
    if (content.rig !== place.rig) return aside("another rig", `${content.rig} wrote on a topic of ${place.rig}`);
    const key = keys.liveKey(place.rig, content.key);
    if (key === null) return aside("key", `${content.key} is no live key of ${place.rig}`);
    if ("lane" in content && content.lane !== place.topic)
      return aside("lane", `a batch of ${content.lane} on ${place.topic}`);
    const signed = { rig: place.rig, topic, bytes: payload, landedAt };
    try {
      const verify = verifierFor(key);
      if (!(await ("nonce" in content ? verifySigned(payload, verify) : verifyBatch(payload, verify))))
        return aside("signature");
    } catch (error) {
      return aside("signature", messageOf(error));
    }
    return "nonce" in content
      ? { ...signed, kind: "hello", page: content }
      : { ...signed, kind: "batch", header: content };
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Verify = ReturnType<typeof pooledVerifierOf>;

/** Making a key object costs as much as a check; there are few keys. */
function verifiersOf(): (key: Uint8Array) => Verify {
  const verifiers = new Map<string, Verify>();
  return (key) => {
    const name = Buffer.from(key).toString("hex");
    let verify = verifiers.get(name);
    if (verify === undefined) {
      if (verifiers.size >= 10_000) verifiers.clear();
      verify = pooledVerifierOf(key);
      verifiers.set(name, verify);
    }
    return verify;
  };
}
