import { expect, test } from "vitest";
import { Claims } from "./claims.ts";
import type { HeldRange } from "./held.ts";

const epoch = "e000000000000001";

/** Frames whose checksums are their seqs. */
function says(first: number, last: number): HeldRange {
  let a = 0;
  for (let seq = first; seq <= last; seq++) a += seq;
  return { first, last, state: "stored", checksum: { a, b: a } };
}

function claimed(...ranges: [number, number][]): Claims {
  const claims = new Claims();
  for (const [first, last] of ranges) {
    const { checksum } = says(first, last);
    claims.add(epoch, "telemetry", { ranges: [{ first, last }], stays: [], checksum, state: "proving", madeAt: 0 });
  }
  return claims;
}

const disk = { kept: [{ first: 1, last: 100 }], whole: [{ first: 1, last: 100 }] };

test("a statement that has grown brings only what is new in it, in one sum over its pieces", () => {
  const claim = claimed([3, 4]).whatIsNew(epoch, "telemetry", says(1, 6), disk);
  const pieces = [
    { first: 1, last: 2 },
    { first: 5, last: 6 },
  ];
  expect(claim).toMatchObject({ ranges: pieces, checksum: { a: 14, b: 14 } });
});

test("a statement said again brings nothing", () => {
  expect(claimed([1, 6]).whatIsNew(epoch, "telemetry", says(1, 6), disk)).toBeNull();
});

test("a claim that a statement cuts through can't be subtracted: nothing is guessed", () => {
  expect(claimed([1, 6]).whatIsNew(epoch, "telemetry", says(4, 9), disk)).toBeNull();
});

test("a statement over frames of which the disk has none is not compared", () => {
  expect(new Claims().whatIsNew(epoch, "telemetry", says(101, 103), disk)).toBeNull();
});

test("thinned frames are claimed; what of them the disk has whole is compared, and stays to be sent unless it differs", () => {
  const said: HeldRange = { ...says(3, 6), state: "thinned" };
  const claims = new Claims();
  const claim = claims.whatIsNew(epoch, "telemetry", said, { ...disk, whole: [{ first: 6, last: 9 }] });
  if (claim === null) throw new Error("nothing was claimed");
  expect(claim).toMatchObject({ ranges: [{ first: 3, last: 6 }], stays: [{ first: 6, last: 6 }] });
  claims.add(epoch, "telemetry", claim);
  expect(claims.ofStream(epoch, "telemetry")).toEqual([{ first: 3, last: 5 }]);
  claims.settle(epoch, "telemetry", claim.ranges, "differs");
  expect(claims.ofStream(epoch, "telemetry")).toEqual([{ first: 3, last: 6 }]);
});

test("an original that landed is claimed for itself, whatever it was thinned together with", () => {
  const said: HeldRange = { ...says(3, 6), state: "thinned" };
  const claims = new Claims();
  const claim = claims.whatIsNew(epoch, "telemetry", said, { ...disk, whole: [{ first: 6, last: 9 }] });
  if (claim !== null) claims.add(epoch, "telemetry", claim);
  expect(claims.whatIsNew(epoch, "telemetry", says(6, 6), disk)).toMatchObject({
    ranges: [{ first: 6, last: 6 }],
    checksum: says(6, 6).checksum,
  });
});

test("over a new answer only what was proved since its hello is kept", () => {
  const claims = new Claims();
  const { checksum } = says(1, 1);
  claims.add(epoch, "telemetry", { ranges: [{ first: 1, last: 1 }], stays: [], checksum, state: "proven", madeAt: 5 });
  claims.add(epoch, "telemetry", { ranges: [{ first: 2, last: 2 }], stays: [], checksum, state: "proven", madeAt: 9 });
  claims.add(epoch, "telemetry", { ranges: [{ first: 3, last: 3 }], stays: [], checksum, state: "proving", madeAt: 9 });
  expect(claims.since(7).ofStream(epoch, "telemetry")).toEqual([{ first: 2, last: 2 }]);
});
