import { expect, test } from "vitest";
import type { CloudStream } from "./cloud-side.ts";
import { completeOf } from "./complete.ts";
import type { EdgeStream, SideFrame } from "./frames.ts";

const truth = Date.UTC(2027, 4, 1);
const checksum = { a: 0, b: 0 };
/** A frame whose clock says that it is `since` ms after 1970, and what time it was given. */
const frame = (seq: number, since: number, closedAt: number | null): SideFrame => ({
  ...{ seq, receivedAt: since, closedAt, mono: since, digest: "", checksum, thinned: null },
});
const cloud = (epoch: string, frames: SideFrame[], last = frames.length): CloudStream => {
  const held = [{ first: 1, last: frames.length, state: "stored" as const, checksum }];
  return { epoch, stream: "events", last, frames, held: frames.length === 0 ? [] : held };
};
const edge = (epoch: string, frames: SideFrame[]): EdgeStream => {
  return { epoch, stream: "events", last: frames.length, frames, freed: [], gone: [], damaged: [] };
};
const eventsOf = (...pairs: Parameters<typeof completeOf>[0]) =>
  completeOf(pairs).find(({ stream }) => stream === "events");

test("events without a time neither raise nor lower up to when they are complete; dated ones count by the time that they were given", () => {
  const sure = cloud("a", [frame(1, truth, truth)]);
  const undated = cloud("b", [frame(1, 5_000, null), frame(2, truth + 1e9, null)]);
  expect(eventsOf([undefined, sure], [undefined, undated])).toMatchObject({ completeTo: truth });
  const dated = cloud("b", [frame(1, 5_000, truth + 60_000), frame(2, 6_000, null)]);
  expect(eventsOf([undefined, sure], [undefined, dated])).toMatchObject({ completeTo: truth + 60_000 });
});

test("what is under way lowers it to the time that the first of it was given, else to the last one before it that has a time", () => {
  const here = [frame(1, 1_000, truth), frame(2, 2_000, null)];
  const owed = (closedAt: number | null) => edge("a", [...here, frame(3, 3_000, closedAt)]);
  expect(eventsOf([owed(truth + 2_000), cloud("a", here, 3)])).toMatchObject({
    completeTo: truth + 2_000,
    underWay: 1,
  });
  expect(eventsOf([owed(null), cloud("a", here, 3)])).toMatchObject({ completeTo: truth });
  const none = [frame(1, 1_000, null)];
  expect(eventsOf([undefined, cloud("b", none, 3)])).toMatchObject({ completeTo: null, underWay: 2 });
});
