import type { Socket } from "node:net";

/**
 * Ends a connection that announces an MQTT packet larger than `limit` bytes. The broker's parser has no limit of its own:
 * it would collect up to 256 MB before anyone is asked.
 */
export function guardPacketSize(socket: Socket, limit: number): void {
  const check = packetSizes(limit);
  const read = socket.read.bind(socket);
  // The broker takes bytes with read() only; watching `data` instead would switch the stream to flowing mode.
  socket.read = (size?: number) => {
    const bytes: unknown = read(size);
    if (bytes instanceof Uint8Array && !check(bytes)) {
      socket.destroy(new Error(`MQTT packet larger than ${limit} bytes`));
      return null;
    }
    return bytes;
  };
}

/** Follows fixed headers through a stream cut anywhere; says false from the first packet on that is too large or has a malformed length. */
export function packetSizes(limit: number): (bytes: Uint8Array) => boolean {
  let skip = 0;
  /** Bytes of the length seen so far; -1 while the packet's first byte is awaited. */
  let digits = -1;
  let length = 0;
  let refused = false;
  return (bytes) => {
    let at = 0;
    while (at < bytes.length && !refused) {
      if (skip > 0) {
        const step = Math.min(skip, bytes.length - at);
        skip -= step;
        at += step;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (digits < 0) {
        digits = 0;
        length = 0;
        continue;
      }
      length += (byte & 127) * 128 ** digits++;
      if (byte < 128) {
        skip = length;
        digits = -1;
      }
      refused = length > limit || digits > 3;
    }
    return !refused;
  };
}
