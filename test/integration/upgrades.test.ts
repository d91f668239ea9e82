import { type AddressInfo, connect, type Socket } from "node:net";
import { upgradeWebSocket } from "@hono/node-server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { openRouter } from "../../cloud/api/answers.ts";
import { type ApiServer, serveApp } from "../../cloud/api/serve.ts";

/** The office's server with raw sockets that ask for another protocol and leave, or stay and say nothing. */
let server: ApiServer;
let port: number;
let clients: Socket[];
beforeEach(async () => {
  clients = [];
  const app = openRouter();
  app.get("/", (c) => c.text("fine"));
  app.get(
    "/socket",
    upgradeWebSocket(() => ({ onMessage: ({ data }, socket) => socket.send(`${data}`) })),
  );
  app.get("/never", () => new Promise<Response>(() => {}));
  server = await serveApp(app, { port: 0, host: "127.0.0.1" });
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await server.stop();
});

/** Asks for `protocol` on a socket of its own; gives what it is told first. */
function ask(path: string, protocol: string): Promise<string> {
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  clients.push(client);
  client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  client.on("error", () => {});
  return new Promise((resolve) => client.once("data", (bytes) => resolve(`${bytes}`)));
}

const open = () => new Promise<number>((done, fail) => server.getConnections((e, n) => (e ? fail(e) : done(n))));
const none = () => vi.waitFor(async () => expect(await open()).toBe(0), 20_000);
const plain = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();

test("requests for a protocol that is not spoken are answered as they are, and leave nothing behind", async () => {
  const told = await Promise.all(Array.from({ length: 300 }, () => ask("/", "h2c")));
  for (const answer of told) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  for (const client of clients) client.destroy();
  await none();
  expect(await plain()).toBe("fine");
}, 60_000);

test("clients that leave before they are told why no WebSocket opens leave nothing behind", async () => {
  const told = Array.from({ length: 300 }, (_, i) => ask(["/", "/socket", "/none"][i % 3] ?? "/", "websocket"));
  for (const client of clients) client.end();
  await Promise.all(told);
  await none();
  expect(await plain()).toBe("fine");
}, 60_000);

test("a client that stays after its WebSocket was refused, and one that nobody answers, are cut", async () => {
  expect(await ask("/", "websocket")).toMatch(/^HTTP\/1\.1 200 |^HTTP\/1\.1 4/);
  void ask("/never", "websocket");
  await vi.waitFor(async () => expect(await open()).toBe(2), 20_000);
  await none();
}, 60_000);

test("a WebSocket that is open is not cut with those that are late", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
  await new Promise((done) => socket.once("open", done));
  // Later than the server cuts who is late.
  void ask("/never", "websocket");
  await vi.waitFor(async () => expect(await open()).toBe(2), 20_000);
  await vi.waitFor(async () => expect(await open()).toBe(1), 20_000);
  const echo = new Promise((done) => socket.once("message", (bytes) => done(`${bytes}`)));
  socket.send("still here");
  expect(await echo).toBe("still here");
  socket.terminate();
}, 60_000);
