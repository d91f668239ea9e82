import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLog } from "../shared/node/log.ts";
import { newSigningKey } from "../shared/node/signing.ts";
import { decodeRequests, type RequestList } from "../shared/wire/request.ts";
import { type Fleet, openFleet } from "./fleet/fleet.ts";
import { telling } from "./telling.ts";

let folder: string;
let fleet: Fleet;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  folder = mkdtempSync(join(tmpdir(), "telling-"));
  fleet = openFleet(join(folder, "fleet.db"));
});
afterEach(() => {
  fleet.close();
  rmSync(folder, { recursive: true });
  vi.useRealTimers();
});

test("a rig is told again of what it says nothing of after a minute, and of what it took and says no more of every ten", async () => {
  fleet.claim({ rig: "rig-1", token: fleet.issueClaim("rig-1"), publicKey: newSigningKey().publicKey });
  const lists: RequestList[] = [];
  const { answered, look } = telling({
    asked: fleet,
    key: fleet.cloudKey(),
    publish: async (_topic, bytes) => void lists.push(decodeRequests(bytes)),
    reaches: () => true,
    log: openLog("cloud", "silent"),
  });
  /** Looks each second; gives what was told, and when, s. */
  const after = async (seconds: number) => {
    const told: [second: number, heard: boolean | undefined][] = [];
    for (let second = 1; second <= seconds; second++) {
      vi.advanceTimersByTime(1_000);
      look();
      await Promise.resolve();
      for (const { requests } of lists.splice(0)) told.push([second, requests[0]?.heard]);
    }
    return told;
  };
  answered("rig-1", "a000000000000001");
  const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
  const made = fleet.askRig({ rig: "rig-1", wanted, maxBytes: 5, endsAt: Date.now() + 86_400_000, by: "eva" });
  if (made === null) throw new Error("not taken");
  // What the rig says is lost: the database refuses it.
  expect(await after(130)).toEqual([
    [1, false],
    [62, false],
    [123, false],
  ]);
  const heard = { type: "request", request: made.request, why: null, frames: 1, bytes: 0 } as const;
  fleet.heardRequest("rig-1", { ...heard, state: "taken" });
  expect(await after(1_300)).toEqual([
    [601, true],
    [1_202, true],
  ]);
  fleet.heardRequest("rig-1", { ...heard, state: "done" });
  expect(await after(700)).toEqual([]);
});
