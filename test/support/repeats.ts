/** A way for MQTT packets on which messages overtake each other and arrive more than once, as over several networks at a time. */
export interface Repeats {
  /** Takes in what was sent, in pieces of any size that begin with a packet. */
  take(bytes: Uint8Array): void;
  /** Deliveries beyond the first so far. */
  repeated(): number;
  close(): void;
}

/** So long a message waits for the next one to overtake it, ms. */
const OVERTAKEN_MS = 1_500;
/** Of what was delivered before, so many may come once more. */
const REMEMBERED = 32;
const PUBLISH = 3;
const LENGTH_BYTES = 4;

/**
 * Every message is delivered twice, of two in a row the second one first, and after each pair an old one comes once more; `pick` chooses which
 * (from 0 up to, not including, its argument). Packets that are no messages pass at once.
 */
export function openRepeats(send: (packet: Uint8Array) => void, pick: (below: number) => number): Repeats {
  let rest: Buffer = Buffer.alloc(0);
  let waiting: Buffer | null = null;
  let timer: NodeJS.Timeout | undefined;
  let repeated = 0;
  const before: Buffer[] = [];

  function deliver(messages: readonly Buffer[]): void {
    for (const message of [...messages, ...messages]) send(message);
    const old = before[pick(before.length)];
    if (old !== undefined) send(old);
    repeated += messages.length + (old === undefined ? 0 : 1);
    before.push(...messages);
    before.splice(0, before.length - REMEMBERED);
  }

  function pass(packet: Buffer): void {
    if ((packet[0] ?? 0) >> 4 !== PUBLISH) {
      send(packet);
      return;
    }
    clearTimeout(timer);
    if (waiting !== null) {
      deliver([packet, waiting]);
      waiting = null;
      return;
    }
    waiting = packet;
    timer = setTimeout(() => {
      waiting = null;
      deliver([packet]);
    }, OVERTAKEN_MS);
  }

  return {
    take(bytes) {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const size = packetSize(rest);
        if (size === null || rest.length < size) return;
        pass(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    },
    repeated: () => repeated,
    close() {
      clearTimeout(timer);
    },
  };
}

/** Bytes of the packet that begins here, its header included; null while its length has not arrived. */
function packetSize(bytes: Uint8Array): number | null {
  let length = 0;
  for (let i = 0; i < LENGTH_BYTES; i++) {
    const digit = bytes[1 + i];
    if (digit === undefined) return null;
    length += (digit & 0x7f) * 128 ** i;
    if (digit < 0x80) return 2 + i + length;
  }
  throw new Error("no MQTT packet has such a length");
}
