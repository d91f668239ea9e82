import type { Log } from "../shared/node/log.ts";
import type { SigningKey } from "../shared/node/signing.ts";
import { type AnswerPage, encodeAnswer } from "../shared/wire/answer.ts";

import { encodeReceipt, type Receipt } from "../shared/wire/receipt.ts";
import { downTopic } from "../shared/wire/topics.ts";

/** Answers and receipts on their way out: collected in a transaction, signed and sent after its commit. */
export interface Answering {
  answer(pages: readonly AnswerPage[]): void;
  receipt(receipt: Receipt): void;
  /** Drops what was collected; call after a rollback. */
  drop(): void;
  /** Sends what was collected; call only after the commit. */
  send(): void;
}

/** What cannot be sent is only logged: the rig says hello again, and the next receipt says it all. */
export function answering(
  key: SigningKey,
  publish: (topic: string, bytes: Uint8Array) => Promise<void>,
  log: Log,
  /** Told of each answer once it is on its way. */
  answered: (rig: string, answer: string) => void = () => {},
): Answering {
  let collected: { topic: string; bytes: Uint8Array }[] = [];
  let newest = new Map<string, string>();
  return {
    answer(pages) {
      for (const page of pages) {
        newest.set(page.rig, page.answer);
        collected.push({ topic: downTopic(page.rig, "hello"), bytes: encodeAnswer(page, key.sign) });
      }
    },
    receipt(receipt) {
      collected.push({ topic: downTopic(receipt.rig, "receipt"), bytes: encodeReceipt(receipt, key.sign) });
    },
    drop() {
      collected = [];
      newest = new Map();
    },
    send() {
      const [outgoing, answers] = [collected, newest];
      collected = [];
      newest = new Map();
      for (const { topic, bytes } of outgoing) {
        publish(topic, bytes).catch((error: unknown) => log.warn({ topic, err: error }, "an answer was not sent"));
      }
      for (const [rig, answer] of answers) answered(rig, answer);
    },
  };
}
