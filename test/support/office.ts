import type { Archive } from "../../cloud/archive/archive.ts";
import { type Ingest, openIngest } from "../../cloud/ingest.ts";
import type { Landed } from "../../cloud/landed.ts";
import { openLog } from "../../shared/node/log.ts";
import { verifierOf } from "../../shared/node/signing.ts";
import { type AnswerPage, decodeAnswer } from "../../shared/wire/answer.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { decodeReceipt, type Receipt } from "../../shared/wire/receipt.ts";
import { verifySigned } from "../../shared/wire/signed.ts";
import { parseDownTopic } from "../../shared/wire/topics.ts";
import type { HandRig } from "./hand-rig.ts";
import { memoryRigKeys } from "./rig-keys.ts";

/** Ingest before an archive, without a broker: messages go in by hand, what goes out is collected (its signatures checked). */
export function officeOf(archive: Archive, keys = memoryRigKeys()) {
  const answers: AnswerPage[] = [];
  const receipts: Receipt[] = [];
  const landed: Landed[] = [];
  const verify = verifierOf(keys.cloudKey().publicKey);
  const ingest: Ingest = openIngest({
    archive,
    keys,
    log: openLog("cloud", "silent"),
    version: "test",
    receiptMs: 0,
    landed: (what) => landed.push(what),
    async publish(topic, bytes) {
      if (!verifySigned(bytes, verify)) throw new Error(`${topic}: not signed by the cloud`);
      if (parseDownTopic(topic)?.topic === "hello") answers.push(decodeAnswer(bytes));
      else receipts.push(decodeReceipt(bytes));
    },
  });
  const send = async (topic: string, payload: Uint8Array) => {
    await ingest.receive({ topic, payload });
    await ingest.settled();
  };
  return {
    ingest,
    keys,
    answers,
    receipts,
    landed,
    /** Any bytes on any topic; resolves once they are dealt with. */
    send,
    /** Batches of a rig on the topics of their lanes. */
    async take(...batches: Uint8Array[]) {
      for (const payload of batches) {
        const { rig, lane } = decodeBatchHeader(payload).header;
        await ingest.receive({ topic: `rig/${rig}/${lane}`, payload });
      }
      await ingest.settled();
    },
    /** Says hello for a run that has these frames and goes on under the answer. */
    async greet(rig: HandRig, telemetry: number, events: number) {
      const ranges = (last: number) => (last === 0 ? [] : [{ first: 1, last }]);
      await send(
        `rig/${rig.rig}/hello`,
        rig.hello({ telemetry, events }, { telemetry: ranges(telemetry), events: ranges(events) }),
      );
      const answer = answers.at(-1);
      if (answer === undefined) throw new Error("the hello was not answered");
      rig.under(answer.answer);
      return answer;
    },
  };
}
export type Office = ReturnType<typeof officeOf>;
