import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLog } from "../shared/node/log.ts";
import { newSigningKey } from "../shared/node/signing.ts";
import { claim, openIdentity } from "./identity.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "identity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = openLog("edge", "silent");
const cloud = newSigningKey();
const gives = {
  brokerUser: "rig-1",
  brokerSecret: "secret",
  cloudKeys: [Buffer.from(cloud.publicKey).toString("base64")],
};

async function withCloud<T>(
  answer: (body: unknown, response: ServerResponse) => void,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(JSON.parse(Buffer.concat(parts).toString()), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  try {
    return await work(`http://127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const optionsOf = (url: string, token: string | undefined) => ({
  folder,
  rig: "rig-1",
  url,
  token,
  log,
  signal: new AbortController().signal,
});

test("the key is made once, for its owner's eyes only, and stays", () => {
  const first = openIdentity(folder, "rig-1");
  expect(openIdentity(folder, "rig-1").key.id).toBe(first.key.id);
  expect(statSync(join(folder, "identity.json")).mode & 0o777).toBe(0o600);
  expect(first.enrolment).toBeNull();
});

test("another rig's identity is refused", () => {
  openIdentity(folder, "rig-1");
  expect(() => openIdentity(folder, "rig-2")).toThrow(/is of rig rig-1/);
});

test("a changed bit in the rig's name or key stops nothing: the file is kept aside, a new key made, and it is said what to do", () => {
  const { key } = openIdentity(folder, "rig-1");
  const path = join(folder, "identity.json");
  const whole = readFileSync(path, "utf8");
  writeFileSync(path, whole.replace('"rig-1"', '"rig-0"'));
  const next = openIdentity(folder, "rig-1");
  expect(next.key.id).not.toBe(key.id);
  expect(next.lost).toMatch(/kept as identity.json.broken-.*claimed again.*take its line "sha256" out/);
  // Put back as it was written, it is the rig's again.
  writeFileSync(path, whole);
  expect(openIdentity(folder, "rig-1").key.id).toBe(key.id);
});

test("a claim hands in the public half, tries until the cloud answers, and lasts over a restart without the token", async () => {
  const identity = openIdentity(folder, "rig-1");
  const bodies: unknown[] = [];
  const claimed = await withCloud(
    (body, response) => {
      bodies.push(body);
      response.writeHead(bodies.length < 3 ? 503 : 200).end(JSON.stringify({ success: true, ...gives }));
    },
    (url) => claim(identity, optionsOf(url, "token-1")),
  );
  expect(bodies).toHaveLength(3);
  expect(bodies[2]).toEqual({
    rig: "rig-1",
    token: "token-1",
    publicKey: Buffer.from(identity.key.publicKey).toString("base64"),
  });
  expect(claimed?.enrolment).toMatchObject({ brokerUser: "rig-1", brokerSecret: "secret" });
  const again = openIdentity(folder, "rig-1");
  expect(await claim(again, optionsOf("http://127.0.0.1:9", "token-1"))).toBe(again);
  expect(await claim(again, optionsOf("http://127.0.0.1:9", undefined))).toBe(again);
});

test("only what a key of the cloud signed is believed", async () => {
  const identity = openIdentity(folder, "rig-1");
  const claimed = await withCloud(
    (_, response) => response.end(JSON.stringify(gives)),
    (url) => claim(identity, optionsOf(url, "token-1")),
  );
  const said = new Uint8Array([1, 2, 3]);
  const foreign = newSigningKey();
  expect(claimed?.verify(cloud.id, said, cloud.sign(said))).toBe(true);
  expect(claimed?.verify(cloud.id, said, foreign.sign(said))).toBe(false);
  expect(claimed?.verify(foreign.id, said, foreign.sign(said))).toBe(false);
});

test("a refused token ends the tries; without a token there is nothing to try", async () => {
  const identity = openIdentity(folder, "rig-1");
  let asked = 0;
  const refused = await withCloud(
    (_, response) => {
      asked += 1;
      response.writeHead(403).end("{}");
    },
    (url) => claim(identity, optionsOf(url, "spent")),
  );
  expect([refused, asked]).toEqual([null, 1]);
  expect(await claim(identity, optionsOf("http://127.0.0.1:9", undefined))).toBeNull();
});

test("an enrolment that the disk does not take is stored once it does, and asked for no second time", async () => {
  const identity = openIdentity(folder, "rig-1");
  // Where the new file is to be written nothing can be.
  const inTheWay = join(folder, `identity.json.${process.pid}.new`);
  mkdirSync(inTheWay);
  const said: string[] = [];
  const error = (_: unknown, text?: string) => said.push(text ?? "");
  let asked = 0;
  const claimed = await withCloud(
    (_, response) => {
      asked += 1;
      response.end(JSON.stringify(gives));
    },
    async (url) => {
      const claiming = claim(identity, { ...optionsOf(url, "token-1"), log: { ...log, error } });
      await vi.waitFor(() => expect(said).toHaveLength(1), 20_000);
      rmdirSync(inTheWay);
      return claiming;
    },
  );
  expect(asked).toBe(1);
  expect(said[0]).toMatch(/the disk does not take the enrolment/);
  expect(claimed?.enrolment?.brokerUser).toBe("rig-1");
  expect(openIdentity(folder, "rig-1").enrolment?.brokerUser).toBe("rig-1");
}, 60_000);
