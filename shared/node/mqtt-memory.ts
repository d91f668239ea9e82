import { EventEmitter } from "node:events";
import { type IPublishPacket, writeToStream } from "mqtt-packet";

/** Lengths below this are kept by the library, each in a buffer of its own, when they are first written. */
const KEPT_LENGTHS = 16_384;
/** Of a publish besides its payload, as it is written here: the topic's length, and one letter of topic. */
const TOPIC_BYTES = 3;

let bounded = false;

/**
 * Bounds what mqtt-packet, under both mqtt.js and Aedes, keeps for ever; to be called before a thread's first packet. For each length of a message
 * that it has not seen it keeps a slice of whichever pooled block (64 kB) is current, and so in time as many blocks as lengths. Here it sees all of
 * them at once, side by side in the same blocks: 2 MB. Its table of all 65,536 message numbers, 8 MB, is not made.
 */
export function boundMqttMemory(): void {
  if (bounded) return;
  bounded = true;
  writeToStream.cacheNumbers = false;
  const nowhere = Object.assign(new EventEmitter(), { writable: true, write: () => true, end: () => nowhere });
  const bytes = Buffer.alloc(KEPT_LENGTHS);
  for (let length = TOPIC_BYTES; length < KEPT_LENGTHS; length++) {
    const payload = bytes.subarray(0, length - TOPIC_BYTES);
    const packet: IPublishPacket = { cmd: "publish", topic: "t", payload, qos: 0, retain: false, dup: false };
    writeToStream(packet, nowhere);
  }
}
