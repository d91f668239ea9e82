import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { teachSeals } from "../../shared/node/seal.ts";
import { newSigningKey } from "../../shared/node/signing.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import { claimLifeMs, type Fleet, openFleet } from "./fleet.ts";
import { migrations } from "./schema.ts";

let folder: string;
let fleet: Fleet;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-"));
  fleet = openFleet(join(folder, "fleet.db"));
});
afterEach(() => {
  fleet.close();
  rmSync(folder, { recursive: true });
});

const publicKey = () => newSigningKey().publicKey;

test("a claim token enrols its rig once", () => {
  const token = fleet.issueClaim("rig-1");
  const key = newSigningKey();
  const outcome = fleet.claim({ rig: "rig-1", token, publicKey: key.publicKey });
  expect(outcome).toMatchObject({ status: "claimed", brokerUser: "rig-1", key: { id: key.id, revokedAt: null } });
  expect(fleet.rigs()).toEqual(["rig-1"]);
  expect(fleet.liveKey("rig-1", key.id)).toEqual(key.publicKey);
  expect(fleet.claim({ rig: "rig-1", token, publicKey: publicKey() })).toEqual({ status: "refused" });
});

test("the same key may claim again with the same token, since an answer can get lost, and gets a new secret", () => {
  const token = fleet.issueClaim("rig-1");
  const claim = { rig: "rig-1", token, publicKey: publicKey() };
  const lost = fleet.claim(claim);
  const again = fleet.claim(claim);
  if (lost.status !== "claimed" || again.status !== "claimed") throw new Error("refused");
  expect(again.key.id).toBe(lost.key.id);
  expect(fleet.brokerSecretOk("rig-1", again.brokerSecret)).toBe(true);
  expect(fleet.brokerSecretOk("rig-1", lost.brokerSecret)).toBe(false);
});

test("a token is refused late, for another rig, when replaced and when made up; a refusal enrols nobody", () => {
  const late = fleet.issueClaim("rig-1", 0);
  expect(fleet.claim({ rig: "rig-1", token: late, publicKey: publicKey() }, claimLifeMs)).toEqual({
    status: "refused",
  });
  const replaced = fleet.issueClaim("rig-1");
  const token = fleet.issueClaim("rig-1");
  expect(fleet.claim({ rig: "rig-1", token: replaced, publicKey: publicKey() })).toEqual({ status: "refused" });
  expect(fleet.claim({ rig: "rig-2", token, publicKey: publicKey() })).toEqual({ status: "refused" });
  expect(fleet.claim({ rig: "rig-1", token: "A".repeat(27), publicKey: publicKey() })).toEqual({ status: "refused" });
  expect(fleet.rigs()).toEqual([]);
  expect(fleet.claim({ rig: "rig-1", token, publicKey: publicKey() }).status).toBe("claimed");
});

test("the file holds neither claim token nor broker secret", () => {
  const token = fleet.issueClaim("rig-1");
  const spent = fleet.issueClaim("rig-2");
  const outcome = fleet.claim({ rig: "rig-2", token: spent, publicKey: publicKey() });
  if (outcome.status !== "claimed") throw new Error("refused");
  for (const file of ["fleet.db", "fleet.db-wal"]) {
    const content = readFileSync(join(folder, file)).toString("latin1");
    for (const secret of [token, spent, outcome.brokerSecret]) expect(content).not.toContain(secret);
  }
});

test("only the newest broker secret of the same rig opens the broker, until the rig is revoked", () => {
  const secretOf = (rig: string) => {
    const outcome = fleet.claim({ rig, token: fleet.issueClaim(rig), publicKey: publicKey() });
    if (outcome.status !== "claimed") throw new Error("refused");
    return outcome.brokerSecret;
  };
  const first = secretOf("rig-1");
  const other = secretOf("rig-2");
  const second = secretOf("rig-1");
  expect([first, other, "", second].map((secret) => fleet.brokerSecretOk("rig-1", secret))).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(fleet.brokerSecretOk("rig-3", "")).toBe(false);
  fleet.revokeRig("rig-1");
  expect(fleet.brokerSecretOk("rig-1", second)).toBe(false);
  expect(fleet.brokerSecretOk("rig-2", other)).toBe(true);
});

test("a key speaks for its own rig only, and no longer once revoked, also for a second opener of the file", () => {
  const key = newSigningKey();
  fleet.claim({ rig: "rig-1", token: fleet.issueClaim("rig-1"), publicKey: key.publicKey });
  fleet.claim({ rig: "rig-2", token: fleet.issueClaim("rig-2"), publicKey: publicKey() });
  const ingest = openFleet(join(folder, "fleet.db"));
  expect(ingest.liveKey("rig-2", key.id)).toBeNull();
  expect(ingest.liveKey("rig-1", key.id)).toEqual(key.publicKey);
  fleet.revokeKey("rig-1", key.id, 5);
  expect(ingest.liveKey("rig-1", key.id)).toBeNull();
  expect(ingest.key("rig-1", key.id)?.revokedAt).toBe(5);
  ingest.close();
});

test("a claim with a key of another rig or a revoked one leaves the token unspent", () => {
  const key = newSigningKey();
  fleet.claim({ rig: "rig-1", token: fleet.issueClaim("rig-1"), publicKey: key.publicKey });
  const token = fleet.issueClaim("rig-2");
  expect(fleet.claim({ rig: "rig-2", token, publicKey: key.publicKey })).toEqual({ status: "refused" });
  expect(fleet.claim({ rig: "rig-2", token, publicKey: publicKey() }).status).toBe("claimed");
});

test("the cloud's own key is the same after the next start", () => {
  const { id } = fleet.cloudKey();
  fleet.close();
  fleet = openFleet(join(folder, "fleet.db"));
  expect(fleet.cloudKey().id).toBe(id);
});

test("rigs to be told are those whose requests changed, and those that say nothing of what they were told", () => {
  for (const rig of ["rig-1", "rig-2"]) fleet.claim({ rig, token: fleet.issueClaim(rig), publicKey: publicKey() });
  const ask = (rig: string) => {
    const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
    const made = fleet.askRig({ rig, wanted, maxBytes: 5, endsAt: Date.now() + 60_000, by: "eva" });
    return made?.request ?? "";
  };
  const first = ask("rig-1");
  const change = fleet.requestChange();
  const second = ask("rig-2");
  expect(fleet.rigsToTell(change, 0)).toEqual(["rig-2"]);
  expect(fleet.rigsToTell(fleet.requestChange(), Date.now() - 60_000)).toEqual([]);
  // One that could not be told is not forgotten.
  expect(fleet.rigsToTell(fleet.requestChange(), Date.now() + 1)).toEqual(["rig-1", "rig-2"]);
  fleet.toldRequests([first], 1_000);
  expect(fleet.rigsToTell(fleet.requestChange(), 1_000)).toEqual([]);
  expect(fleet.rigsToTell(fleet.requestChange(), 1_001)).toEqual(["rig-1"]);
  fleet.heardRequest("rig-1", { type: "request", request: first, state: "taken", why: null, frames: 1, bytes: 0 });
  expect(fleet.rigsToTell(fleet.requestChange(), 1_001)).toEqual([]);
  const before = fleet.requestChange();
  expect(fleet.withdrawRequest("rig-2", second)).toBe(true);
  expect(fleet.rigsToTell(before, 0)).toEqual(["rig-2"]);
  expect(fleet.openRequests("rig-2")).toEqual([]);
  expect([fleet.wasAsked("rig-2"), fleet.wasAsked("rig-2", Date.now() + 61_000)]).toEqual([true, false]);
});

const dayMs = 86_400_000;
const asks = (rig: string, now: number, forMs = dayMs) => {
  const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
  const made = fleet.askRig({ rig, wanted, maxBytes: 5, endsAt: now + forMs, by: "eva" }, now);
  if (made === null) throw new Error("not taken");
  return made.request;
};
const takes = (rig: string, request: string, now: number, state: "taken" | "done" = "taken") =>
  fleet.heardRequest(rig, { type: "request", request, state, why: null, frames: 1, bytes: 0 }, now);
const enrol = (...rigs: string[]) => {
  for (const rig of rigs) fleet.claim({ rig, token: fleet.issueClaim(rig), publicKey: publicKey() });
};

test("a rig that took a request and says nothing more of it is silent, until it says how it ended", () => {
  enrol("rig-1");
  const now = Date.now();
  const request = asks("rig-1", now);
  takes("rig-1", request, now);
  expect([fleet.rigsSilent(now), fleet.rigsSilent(now + 1)]).toEqual([[], ["rig-1"]]);
  takes("rig-1", request, now, "done");
  expect(fleet.rigsSilent(now + 1)).toEqual([]);
});

test("what has ended is kept 90 days from the end of its time and 200 of a rig; what is open stays, and changes never fall", () => {
  enrol("rig-1", "rig-2");
  const now = Date.now();
  const old = asks("rig-2", now - 92 * dayMs);
  const kept = asks("rig-2", now - 90 * dayMs);
  const open = asks("rig-1", now, 700 * 3_600_000);
  const ended = Array.from({ length: 210 }, (_, n) => {
    const request = asks("rig-1", now + n);
    expect(fleet.withdrawRequest("rig-1", request)).toBe(true);
    return request;
  });
  const change = fleet.requestChange();
  const last = asks("rig-1", now + 300);
  expect(fleet.requestChange()).toBe(change + 1);
  expect(fleet.requests("rig-2", 9).map(({ request }) => request)).toEqual([kept]);
  expect(fleet.requests("rig-2", 9).some(({ request }) => request === old)).toBe(false);
  const left = fleet.requests("rig-1", 999).map(({ request }) => request);
  expect(left).toEqual([last, ...ended.slice(10).reverse(), open]);
  expect(fleet.openRequests("rig-1", now + 300).map(({ request }) => request)).toEqual([open, last]);
});

test("a request that was changed in the file is none: its rig is asked for it no more", () => {
  enrol("rig-1");
  const now = Date.now();
  const [first, second] = [asks("rig-1", now), asks("rig-1", now + 1)];
  takes("rig-1", second, now);
  fleet.toldRequests([first, second], now);
  expect(fleet.openRequests("rig-1", now)).toHaveLength(2);
  const db = openSqlite(join(folder, "fleet.db"), migrations, teachSeals);
  db.prepare("update rig_request set max_bytes = max_bytes + 1 where id = ?").run(first);
  db.close();
  expect(fleet.openRequests("rig-1", now).map(({ request }) => request)).toEqual([second]);
  expect([fleet.withdrawRequest("rig-1", first), fleet.wasAsked("rig-1", now)]).toEqual([false, true]);
});
