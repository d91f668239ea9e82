import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { GOOD } from "../../shared/domain/reading.ts";
import { newId } from "../../shared/node/id.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { checksumOf } from "../../shared/wire/checksum.ts";
import { enrol } from "../bench/rig-link.ts";
import { type Fill, type HandRig, handRig, tagOf } from "../support/hand-rig.ts";
import { until } from "../support/parts.ts";
import { storedIn } from "./acknowledged.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { countedAs } from "./hostile.ts";
import { type Intruder, openIntruder } from "./intruder.ts";
import type { Stage } from "./stage.ts";

/** A batch of a rig under the names from `first` on, two frames each, that breaks a rule. */
type Poison = (rig: HandRig, first: number) => Uint8Array;

/** The same names over another body, signed anew. */
const withBody =
  (body: () => Uint8Array): Poison =>
  (rig, first) => {
    const whole = rig.telemetry(first, first + 1);
    const unsigned = Buffer.concat([whole.subarray(0, decodeBatchHeader(whole).bodyAt), body()]);
    return Buffer.concat([unsigned, rig.key.sign(unsigned)]);
  };

const withReadings =
  (fill: Fill): Poison =>
  (rig, first) => {
    const frames = [first, first + 1].map((seq) => {
      const frame = rig.telemetryFrame(seq);
      frame.readings.clear();
      fill(frame.readings, seq, frame.receivedAt);
      return { ...frame, checksum: checksumOf(frame.readings, rig.list) };
    });
    return rig.batch({ firstSeq: first }, { stream: "telemetry", frames, representations: rig.representations });
  };

/** What is quarantined: signed well, and it cannot be read. */
const unreadable: Record<string, Poison> = {
  "no body": withBody(() => Buffer.alloc(0)),
  "four bytes": withBody(() => Buffer.from([0, 1, 2, 3])),
  "200 MB of nothing": withBody(() => Buffer.concat([Buffer.from([1]), zstdCompressSync(Buffer.alloc(200_000_000))])),
  "a time that is none": withReadings((readings) => readings.push(0, Number.NaN, 5, GOOD, 0)),
  "a time of infinity": withReadings((readings) => readings.push(0, Number.POSITIVE_INFINITY, 5, GOOD, 0)),
};
/** What is odd and true: it is stored. */
const odd: Record<string, Poison> = {
  "NaN and infinities": withReadings((readings, _seq, at) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])
      readings.push(1, at, value, GOOD, 0);
  }),
  "the largest double": withReadings((readings, _seq, at) => readings.push(1, at, Number.MAX_VALUE, GOOD, 0)),
  "equal times": withReadings((readings, _seq, at) => {
    for (let i = 0; i < 5; i++) readings.push(1, at, i, GOOD, 0);
  }),
};
/** What is neither held nor kept: its rig is to tell the dictionary first. */
const nobodyKnows: Poison = (rig, first) => rig.telemetry(first, first + 1, "live", { dictionary: newId() });

interface Poisoner {
  rig: HandRig;
  say(batch: Uint8Array): Promise<void>;
  /** Frames of its run that the archive holds as stored. */
  stored(): number;
  close(): Promise<void>;
}

async function openPoisoner(stage: Stage, name: string): Promise<Poisoner> {
  const fleet = openFleet(join(stage.scene.data, "cloud", "fleet.db"));
  const { key, user, secret } = enrol(fleet, name);
  fleet.close();
  const rig = handRig(name, key, [tagOf("mud_pressure"), tagOf("odd", { type: "double", scale: 1, offset: 0 })]);
  const signIn = { clientId: name, username: user, password: secret };
  const client: Intruder = await openIntruder(stage.scene.ports.mqtt, [`cfg/${name}/+`], signIn);
  await client.say(`rig/${name}/hello`, rig.hello({ telemetry: 0, events: 0 }, { telemetry: [], events: [] }));
  const answer = () => client.heard.find(({ topic }) => topic === `cfg/${name}/hello`);
  await until(
    async () => answer() !== undefined,
    () => "the hello was not answered",
    60,
  );
  rig.under(decodeAnswer(answer()?.payload ?? Buffer.alloc(0)).answer);
  return {
    rig,
    say: (batch) => client.say(`rig/${name}/${decodeBatchHeader(batch).header.lane}`, batch),
    stored: () => storedIn(join(stage.scene.data, "cloud", "archive.db")).get(`${rig.epoch}/telemetry`) ?? 0,
    close: () => client.close(),
  };
}

/** Faults of a rig that is who it says, and says what breaks a rule. */
export const poisonFaults: readonly Fault[] = [
  {
    id: "F29",
    title: "signed batches that break a rule: quarantined, counted, and in nobody's way",
    strikes: { fast: 1, full: 10 },
    run: eachStrike(async (stage, _random, strike) => {
      const { rig, say, stored, close } = await openPoisoner(stage, `poison-${strike}`);
      const holds = (frames: number, what: string) =>
        until(
          async () => stored() === frames,
          () => `${what}: ${stored()} frames are stored, not ${frames}`,
          60,
        );
      try {
        await say(rig.events(rig.foundation()));
        await say(rig.telemetry(1, 10));
        await holds(10, "before");
        const [quarantined, dropped] = [countedAs(stage, "quarantined"), countedAs(stage, "dropped: no dictionary")];
        let seq = 11;
        const spoilt: number[] = [];
        for (const poison of Object.values(unreadable)) {
          spoilt.push(seq);
          await say(poison(rig, seq));
          seq += 2;
        }
        for (const poison of Object.values(odd)) {
          await say(poison(rig, seq));
          seq += 2;
        }
        await say(nobodyKnows(rig, seq));
        await say(rig.telemetry(seq, seq + 9));
        const good = 10 + 2 * Object.keys(odd).length + 10;
        await holds(good, "with poison between");
        if (countedAs(stage, "quarantined") - quarantined < spoilt.length)
          throw new Error("not all poison was counted");
        if (countedAs(stage, "dropped: no dictionary") === dropped) throw new Error("nothing was dropped");
        for (const first of spoilt) await say(rig.telemetry(first, first + 1));
        await holds(good + 2 * spoilt.length, "with what was meant in place of the poison");
      } finally {
        await close();
      }
      await stage.drained();
    }),
  },
];
