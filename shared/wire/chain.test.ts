import { expect, test } from "vitest";
import { signatureBytes } from "./batch.ts";
import { chainOf, type EpochSum, hashOfChain } from "./chain.ts";
import { Disputes } from "./disputes.ts";
import { encodeHello, type Predecessor, wholeHello } from "./hello.ts";
import { verdictOf } from "./lacking.ts";
import { Owed } from "./owed.ts";
import type { KnownEpoch } from "./receiver-io.ts";
import { helloOf } from "./saying.ts";
import type { EpochFacts } from "./sender-facts.ts";

const idOf = (n: number) => n.toString(16).padStart(16, "0");
const last = { telemetry: 3, events: 1 };
const checksum = { a: 7, b: 9 };
const sum = (n: number): EpochSum => ({
  telemetry: { last: 3, whole: { a: n, b: 9 }, thinned: { a: 0, b: 0 } },
  events: { last: 1, whole: checksum, thinned: { a: 0, b: 0 } },
});
const predecessorOf = (n: number): Predecessor => (n === 0 ? null : { epoch: idOf(n - 1), last });

/** A disk on which the daemon was started so many times. */
function restarted(count: number): Owed {
  const kept = { telemetry: [{ first: 1, last: 3 }], events: [{ first: 1, last: 1 }] };
  const epochs = Array.from({ length: count }, (_, n): EpochFacts => {
    return { epoch: idOf(n), predecessor: predecessorOf(n), last, kept, thinned: [], told: sum(n), moved: false };
  });
  return new Owed({ running: idOf(count - 1), epochs, owed: [], dictionaries: [], note: null });
}

function archived(count: number): KnownEpoch[] {
  return Array.from({ length: count }, (_, n): KnownEpoch => {
    const telemetry = [{ first: 1, last: 3, state: "stored" as const, checksum: { a: n, b: 9 } }];
    const events = [{ first: 1, last: 1, state: "stored" as const, checksum }];
    return { epoch: idOf(n), predecessor: predecessorOf(n), known: last, held: { telemetry, events } };
  });
}

function helloAfter(count: number) {
  const who = { rig: "rig-1", key: idOf(1), software: "1", nonce: idOf(2), at: 0 };
  return helloOf(restarted(count), { ...who, nameAll: false, disputes: new Disputes(), limits: { pageEntries: 500 } });
}

test("after ten thousand restarts a hello is one page of at most 300 bytes, and the cloud agrees with its hash", () => {
  const { pages, named } = helloAfter(10_000);
  expect(named).toEqual(new Set([idOf(9_999)]));
  const [page] = pages;
  if (page === undefined || pages.length > 1) throw new Error(`${pages.length} pages`);
  expect(encodeHello(page, () => new Uint8Array(signatureBytes)).length).toBeLessThanOrEqual(300);
  const { statements, nameAll } = verdictOf(wholeHello(pages), archived(10_000));
  expect(nameAll).toBe(false);
  expect(statements).toHaveLength(2);
});

test("one frame more, less or other in any of them, and the cloud asks for all by name", () => {
  const hello = wholeHello(helloAfter(100).pages);
  const changes: ((epoch: KnownEpoch) => KnownEpoch)[] = [
    (epoch) => ({ ...epoch, held: { ...epoch.held, telemetry: [] } }),
    (epoch) => ({ ...epoch, known: { telemetry: 4, events: 1 } }),
    (epoch) => ({
      ...epoch,
      held: { ...epoch.held, events: [{ first: 1, last: 1, state: "stored", checksum: { a: 8, b: 9 } }] },
    }),
    (epoch) => ({ ...epoch, predecessor: undefined }),
  ];
  for (const change of changes)
    for (const n of [1, 50, 98]) {
      const archive = archived(100).map((epoch, i) => (i === n ? change(epoch) : epoch));
      expect(verdictOf(hello, archive).nameAll).toBe(true);
    }
});

test("a chain that leads in a circle, or nowhere, is none", () => {
  const circle = (epoch: string): Predecessor => ({ epoch: epoch === idOf(1) ? idOf(2) : idOf(1), last });
  expect(chainOf(idOf(1), idOf(9), circle)).toBeNull();
  expect(chainOf(idOf(1), idOf(9), () => undefined)).toBeNull();
  expect(chainOf(idOf(3), idOf(1), (epoch) => predecessorOf(Number(epoch)))).toEqual([idOf(3), idOf(2), idOf(1)]);
  expect(hashOfChain([idOf(1)], () => null)).toBeNull();
});
