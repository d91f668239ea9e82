/** Watches the bytes that a broker sends for MQTT packets that announce more than a bound, before anybody collects them. */
export interface PacketBound {
  /** Takes in the next bytes; gives the announced size of a packet that is too large, null while there is none. */
  take(bytes: Uint8Array): number | null;
}

/** Bytes of a length that MQTT allows at most; a fifth one breaks the protocol, which the client sees for itself. */
const LENGTH_BYTES = 4;

/** `mostBytes` bounds what follows a packet's fixed header. */
export function openPacketBound(mostBytes: number): PacketBound {
  /** Of the body that passes by. */
  let left = 0;
  let inHeader = false;
  let length = 0;
  let digits = 0;

  return {
    take(bytes) {
      for (let i = 0; i < bytes.length; ) {
        if (left > 0) {
          const passed = Math.min(left, bytes.length - i);
          left -= passed;
          i += passed;
          continue;
        }
        const byte = bytes[i++] ?? 0;
        if (!inHeader) {
          inHeader = true;
          length = 0;
          digits = 0;
          continue;
        }
        length += (byte & 0x7f) * 128 ** digits++;
        if (byte >= 0x80 && digits < LENGTH_BYTES) continue;
        inHeader = false;
        left = length;
        if (length > mostBytes) return length;
      }
      return null;
    },
  };
}
