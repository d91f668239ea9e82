import type { Fleet } from "../../cloud/fleet/fleet.ts";
import { openHistory } from "../../edge/journal/history.ts";
import type { Governor } from "../../edge/uplink/governor.ts";
import { type CloudLink, openCloudLink } from "../../edge/uplink/link.ts";
import { mqttUplink } from "../../edge/uplink/mqtt.ts";
import { newSigningKey, type SigningKey, verifierOf } from "../../shared/node/signing.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { encodeHello } from "../../shared/wire/hello.ts";
import { decodeReceipt } from "../../shared/wire/receipt.ts";
import { decodeRequests } from "../../shared/wire/request.ts";
import { verifySigned } from "../../shared/wire/signed.ts";
import type { DayJournal } from "./day-journal.ts";

/** A rig that is enrolled with the fleet. */
export interface EnrolledRig {
  rig: string;
  key: SigningKey;
  user: string;
  secret: string;
}

/** Enrols a rig by the fleet's own claim. */
export function enrol(fleet: Fleet, rig: string): EnrolledRig {
  const key = newSigningKey();
  const claim = fleet.claim({ rig, token: fleet.issueClaim(rig), publicKey: key.publicKey });
  if (claim.status !== "claimed") throw new Error(`the claim of ${rig} was refused`);
  return { rig, key, user: claim.brokerUser, secret: claim.brokerSecret };
}

/** The edge's own link (sender, journal, reading thread, MQTT) for a journal, to the broker at a port of loopback. */
export function openRigLink(
  { rig, key, user, secret }: EnrolledRig,
  { journal }: DayJournal,
  path: string,
  cloudKey: Uint8Array,
  port: number,
  governor: Governor | null = null,
): { link: CloudLink; receipts(): number; close(): Promise<void> } {
  const history = openHistory({ path, rig, pem: key.pem });
  const verify = verifierOf(cloudKey);
  let receipts = 0;
  const link = openCloudLink({
    rig,
    key: key.id,
    software: "bench",
    books: {
      facts: journal.opening.facts,
      onCommitted: journal.onCommitted,
      settle: journal.settle,
      encode: history.encode,
      closedBetween: history.closedBetween,
      report: (report) =>
        journal.append({
          ...{ stream: "events", receivedAt: Date.now(), mono: performance.now(), clock: "synchronised" },
          events: [{ type: "request", ...report }],
        }),
      tellAgain: () => Promise.reject(new Error("the cloud asked for a dictionary again")),
      renew: (reason) => Promise.reject(new Error(`the cloud wants a new epoch: ${reason}`)),
    },
    encodeHello: (page) => encodeHello(page, key.sign),
    open(topic, bytes) {
      if (!verifySigned(bytes, verify)) throw new Error("not signed by the cloud");
      if (topic === "hello") return { answer: decodeAnswer(bytes) };
      if (topic === "desired") return { requests: decodeRequests(bytes) };
      receipts += 1;
      return { receipt: decodeReceipt(bytes) };
    },
    openUplink: (events) => mqttUplink({ url: `mqtt://127.0.0.1:${port}`, rig, user, secret, events }),
    onTime: () => {},
    onMoved: () => {
      throw new Error("rig and cloud differ under one name");
    },
    governor,
    onChange: () => undefined,
  });
  return {
    link,
    receipts: () => receipts,
    async close() {
      await link.stop();
      await history.close();
    },
  };
}
