import type { Stage } from "./stage.ts";

/** The broker dies; ours dies with the cloud that it is part of. */
export async function stopBroker(stage: Stage, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (stage.broker === null) await stage.cloud().end(signal);
  else await stage.broker.end(signal);
}

/** Starts the broker again; ours with its cloud. */
export async function startBroker(stage: Stage): Promise<void> {
  if (stage.broker === null) await stage.startCloud();
  else await stage.broker.start();
}

/** The process stays, its sockets stay open, and nothing is acknowledged any more. */
export function hangBroker(stage: Stage): void {
  if (stage.broker === null) process.kill(stage.cloud().pid, "SIGSTOP");
  else stage.broker.pause();
}
