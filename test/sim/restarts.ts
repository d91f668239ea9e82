import { Script } from "./script.ts";
import type { DownMessage, UpMessage } from "./world.ts";

/** What it comes to when a daemon was restarted again and again. */
export interface AfterRestarts {
  /** Epochs on the rig's disk, and those that the last hello names. */
  epochs: number;
  named: number;
  /** Bytes of the last hello with all its pages, and of the last receipt. */
  helloBytes: number;
  receiptBytes: number;
}

/** Restarts a daemon so many times, each run with one tick, mostly without a connection. Throws Broken where an invariant does not hold. */
export function restartInARow(count: number): AfterRestarts {
  const script = new Script();
  // What is quarantined stays owed, and its epochs named.
  script.cloud.version = "2";
  const bytes = { hello: 0, receipt: 0 };
  script.drops = (message: UpMessage | DownMessage) => {
    if (message.kind === "hello") bytes.hello += message.bytes.length;
    if (message.kind === "receipt") bytes.receipt = message.bytes.length;
    return false;
  };
  for (let i = 1; i <= count; i++) {
    script.restart();
    script.ticks(1);
    if (i % Math.ceil(count / 20) === 0) script.deliver(60_000);
  }
  // What is freed after an answer is stated by the next one.
  for (let i = 0; i < 2; i++) {
    script.rig.hangUp();
    script.deliver(60_000);
  }
  script.rig.hangUp();
  bytes.hello = 0;
  const said = script.hellos.length;
  script.ticks(1);
  script.deliver(2_000);
  const named = script.hellos.slice(said).flatMap((page) => page.epochs).length;
  const { epochs } = script.rig.journal;
  script.settle();
  return { epochs: epochs.length, named, helloBytes: bytes.hello, receiptBytes: bytes.receipt };
}
