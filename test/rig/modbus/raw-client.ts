import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A Modbus TCP client without an opinion: sends bytes, gives back bytes. For tests. */
export interface RawClient {
  /** Sends a request and waits for the whole frame that its length field announces. */
  ask(unit: number, functionCode: number, address: number, count: number): Promise<Buffer>;
  /** Sends bytes as they are. */
  send(bytes: Buffer): void;
  /** The next bytes, however many; rejects when the connection ends. */
  next(atLeast: number): Promise<Buffer>;
  socket: Socket;
}

export async function openRawClient(port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  let got: Buffer = Buffer.alloc(0);
  let transaction = 0;
  let wake = () => {};
  let ended = false;
  socket.on("data", (bytes: Buffer) => {
    got = Buffer.concat([got, bytes]);
    wake();
  });
  socket.on("close", () => {
    ended = true;
    wake();
  });
  socket.on("error", () => socket.destroy());

  async function next(atLeast: number): Promise<Buffer> {
    while (got.length < atLeast) {
      if (ended) throw new Error("connection ended");
      await new Promise<void>((done) => {
        wake = done;
      });
    }
    const bytes = got.subarray(0, atLeast);
    got = got.subarray(atLeast);
    return bytes;
  }

  return {
    socket,
    next,
    send: (bytes) => socket.write(bytes),
    async ask(unit, functionCode, address, count) {
      transaction = (transaction + 1) & 0xffff;
      socket.write(requestFrame(transaction, unit, functionCode, address, count));
      const head = await next(6);
      return Buffer.concat([head, await next(head.readUInt16BE(4))]);
    },
  };
}

export function requestFrame(
  transaction: number,
  unit: number,
  functionCode: number,
  address: number,
  count: number,
): Buffer {
  const frame = Buffer.alloc(12);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(6, 4);
  frame.writeUInt8(unit, 6);
  frame.writeUInt8(functionCode, 7);
  frame.writeUInt16BE(address, 8);
  frame.writeUInt16BE(count, 10);
  return frame;
}
