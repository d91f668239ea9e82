import { createServer } from "node:net";

/** A TCP port that nobody listens on at this moment, for servers that can't be told 0. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, failed) => {
    probe.once("error", failed);
    probe.listen(0, host, done);
  });
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}
