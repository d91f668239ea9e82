import { expect, test } from "vitest";
import { Block, GOOD } from "../shared/domain/reading.ts";
import { openLog } from "../shared/node/log.ts";
import { tags } from "../test/support/small-rig.ts";
import { fanOut } from "./fan-out.ts";
import type { LandedReadings } from "./landed.ts";
import { openBackfillRates } from "./live/backfill-rates.ts";
import { openContacts } from "./live/contacts.ts";

function batch(change: Partial<LandedReadings> = {}): LandedReadings {
  const readings = new Block();
  readings.push(0, 1_000, 5, GOOD, 0);
  const range = { first: 7, last: 9 };
  return {
    type: "readings",
    rig: "rig-1",
    epoch: "00000000000000e1",
    current: true,
    lane: "live",
    preview: false,
    dictionary: "00000000000000d1",
    firstSeq: 7,
    ranges: [range],
    receivedAt: new Float64Array([1_000, 2_000, 3_000]),
    frame: new Uint32Array([0]),
    readings,
    count: 1,
    landedAt: 3_100,
    ...change,
  };
}

test("only the present is shown: live and preview of the running epoch; everything that is held is counted", async () => {
  const shown: number[] = [];
  let counted = 0;
  const take = fanOut({
    live: { readings: (_rig, { seq }) => shown.push(seq), alarm: () => {}, restarted: () => {} },
    contacts: openContacts(),
    dictionary: async (_rig, hash) => (hash === "00000000000000d1" ? tags : null),
    heard: () => {},
    rates: openBackfillRates(),
    points: (_rig, count) => {
      counted += count;
    },
    log: openLog("cloud", "silent"),
  });
  await take(batch());
  await take(batch({ lane: "backfill" }));
  await take(batch({ current: false }));
  await take(batch({ dictionary: "00000000000000d9" }));
  await take(batch({ preview: true, firstSeq: 10 }));
  expect(shown).toEqual([9, 12]);
  expect(counted).toBe(4);
});
