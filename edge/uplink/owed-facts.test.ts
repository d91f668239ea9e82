import { expect, test } from "vitest";
import type { SenderFacts } from "../../shared/wire/sender-facts.ts";
import { openOwedFacts } from "./owed-facts.ts";

const [older, running, dictionary] = ["000000000000000a", "000000000000000b", "000000000000000d"];
const kept = { telemetry: [], events: [] };
const facts = (): SenderFacts => ({
  running,
  epochs: [
    {
      epoch: older,
      predecessor: null,
      last: { telemetry: 40, events: 3 },
      kept,
      thinned: [],
      told: null,
      moved: false,
    },
    {
      epoch: running,
      predecessor: null,
      last: { telemetry: 0, events: 0 },
      kept,
      thinned: [],
      told: null,
      moved: false,
    },
  ],
  owed: [
    { epoch: older, stream: "telemetry", first: 31, last: 40, dictionary, foundation: false },
    { epoch: older, stream: "events", first: 3, last: 3, dictionary: null, foundation: false },
  ],
  dictionaries: [{ hash: dictionary, needs: [] }],
  note: null,
});

test("the newest ten frames of the running epoch are live; what else is owed is backfill", () => {
  const owed = openOwedFacts(facts());
  for (let seq = 1; seq <= 12; seq++) {
    owed.take({ type: "appended", stream: "telemetry", seq, dictionary, foundation: false });
  }
  expect(owed.frames()).toEqual({ events: 1, live: 10, backfill: 12 });
  expect(owed.oldest()).toEqual({
    events: { epoch: older, stream: "events", seq: 3 },
    live: { epoch: running, stream: "telemetry", seq: 3 },
    backfill: { epoch: older, stream: "telemetry", seq: 31 },
  });
});

test("while only the newest frames wait there is no backfill", () => {
  const owed = openOwedFacts(facts());
  for (let seq = 1; seq <= 12; seq++) {
    owed.take({ type: "appended", stream: "telemetry", seq, dictionary, foundation: false });
  }
  owed.take({ type: "freed", epoch: older, stream: "telemetry", ranges: [{ first: 31, last: 40 }] });
  owed.take({ type: "freed", epoch: older, stream: "events", ranges: [{ first: 3, last: 3 }] });
  owed.take({ type: "freed", epoch: running, stream: "telemetry", ranges: [{ first: 1, last: 9 }] });
  expect(owed.frames()).toEqual({ events: 0, live: 3, backfill: 0 });
  expect(owed.oldest()).toEqual({
    events: null,
    live: { epoch: running, stream: "telemetry", seq: 10 },
    backfill: null,
  });
});
