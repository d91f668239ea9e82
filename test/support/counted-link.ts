import { connect, createServer } from "node:net";

/** Bytes through a link, without what TCP adds: `up` from who connected, `down` to it. */
export interface Counted {
  up: number;
  down: number;
}

/** A TCP link on loopback to a port of loopback that counts what goes through. */
export async function openCountedLink(
  target: number,
): Promise<{ port: number; bytes(): Counted; close(): Promise<void> }> {
  const counted: Counted = { up: 0, down: 0 };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", noDelay: true });
    near.on("data", (bytes) => {
      counted.up += bytes.length;
      far.write(bytes);
    });
    far.on("data", (bytes) => {
      counted.down += bytes.length;
      near.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    bytes: () => ({ ...counted }),
    close: () => new Promise((done, fail) => server.close((error) => (error ? fail(error) : done()))),
  };
}
