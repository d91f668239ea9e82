import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Round trips of 100 bytes over a raw socket on loopback, one each 10 ms, in ms: below this nothing can be. */
export async function echoMs(rounds = 300): Promise<number[]> {
  const server = createServer({ noDelay: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const socket = connect({ port: address.port, host: "127.0.0.1", noDelay: true });
  const bytes = Buffer.alloc(100);
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    const back = new Promise((done) => socket.once("data", done));
    socket.write(bytes);
    await back;
    times.push(performance.now() - start);
    await pause(10);
  }
  socket.destroy();
  await new Promise((done) => server.close(done));
  return times;
}
