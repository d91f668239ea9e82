import { EventEmitter } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { writeToStream } from "mqtt-packet";
import { expect, test } from "vitest";
import { boundMqttMemory } from "./mqtt-memory.ts";

test("messages of ever new lengths keep no blocks of memory", () => {
  setFlagsFromString("--expose-gc");
  const once: () => void = runInNewContext("gc");
  // What lies outside of the heap is let go of beside the thread; the next collection waits for that.
  const collect = () => {
    once();
    once();
  };
  boundMqttMemory();
  const nowhere = Object.assign(new EventEmitter(), { writable: true, write: () => true, end: () => nowhere });
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let length = 100; length < 600; length++) {
    const payload = new Uint8Array(length);
    writeToStream(
      { cmd: "publish", topic: "t", payload: Buffer.from(payload), qos: 0, retain: false, dup: false },
      nowhere,
    );
    // What else the program takes from the same pool meanwhile: a block and more.
    for (let taken = 0; taken < 2 * Buffer.poolSize; taken += 1_024) Buffer.allocUnsafe(1_024);
  }
  collect();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});
