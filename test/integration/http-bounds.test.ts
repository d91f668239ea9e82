import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listenBounded, slownessBounds } from "../../shared/node/http/listen.ts";

/** The HTTP kit's bounds on a real server, tried with raw sockets. */
let server: Server;
let port: number;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  const slow = { ...slownessBounds, headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 };
  server = createServer(slow, (request, response) => {
    request.on("end", () => response.end("fine")).resume();
  });
  port = await listenBounded(server, { port: 0, host: "127.0.0.1" }, { each: 3, all: 4 });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** A socket from an address of the loopback, and all that it gets until it is closed. */
function open(from: string, text = ""): { socket: Socket; connected: Promise<void>; got: Promise<string> } {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from }, () => void socket.write(text));
  sockets.push(socket);
  let told = "";
  socket.on("data", (bytes) => {
    told += bytes;
  });
  socket.on("error", () => {});
  const connected = new Promise<void>((done) => socket.once("connect", () => done()));
  return { socket, connected, got: new Promise((done) => socket.once("close", () => done(told))) };
}
const whole = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

test("who holds the connections of one address is told 503 there; others come in, up to the bound in all", async () => {
  const held = ["127.0.0.1", "127.0.0.1", "127.0.0.1"].map((from) => open(from, "GET / HTTP/1.1\r\nhost: x\r\n"));
  await Promise.all(held.map(({ connected }) => connected));
  const refused = await open("127.0.0.1", whole).got;
  expect(refused).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 10\r\n/);
  expect(await open("127.0.0.2", whole).got).toMatch(/^HTTP\/1\.1 200 /);
  const other = open("127.0.0.2", "GET / HTTP/1.1\r\n");
  await other.connected;
  expect(await open("127.0.0.3", whole).got).toMatch(/^HTTP\/1\.1 503 /);
  held[0]?.socket.destroy();
  await held[0]?.got;
  await expect.poll(() => open("127.0.0.1", whole).got).toMatch(/^HTTP\/1\.1 200 /);
});

test("headers and bodies that trickle are ended with 408, however steadily they trickle", async () => {
  const headers = open("127.0.0.1", "GET / HTTP/1.1\r\n");
  const body = open("127.0.0.2", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n");
  const trickle = setInterval(() => {
    headers.socket.write("a: b\r\n");
    body.socket.write("x");
  }, 20);
  expect(await headers.got).toMatch(/^HTTP\/1\.1 408 /);
  expect(await body.got).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(trickle);
});
