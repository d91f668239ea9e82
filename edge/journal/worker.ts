import { parentPort, workerData } from "node:worker_threads";
import type { Id } from "../../shared/domain/id.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { FrameName } from "./broken.ts";
import type { Compacted } from "./compaction.ts";
import type { Committed, DiskFacts, NewFrame, Opening, RunRecord } from "./frames.ts";
import type { Change, Settled } from "./settlement.ts";
import { DiskError, openWriter, type Writer, type WriterInput } from "./writer.ts";

/** What the writing thread is asked; each request is answered after its commit, in order. */
export type Request =
  | { do: "append"; frames: readonly NewFrame[] }
  | { do: "settle"; changes: readonly Change[] }
  | { do: "tell again"; dictionary: Id; time: FrameTime }
  | { do: "take out"; frame: FrameName; time: FrameTime }
  | { do: "compact" }
  | { do: "renew"; record: RunRecord }
  | { do: "close" };
/** Its answers; first of all, unasked, what it opened. */
export type Reply =
  | { did: "open"; opening: Opening; disk: DiskFacts; setAside: string | null }
  | { did: "append"; committed: Committed; disk: DiskFacts }
  | { did: "settle"; settled: Settled[] }
  | ({ did: "compact"; disk: DiskFacts } & Compacted)
  | { did: "renew"; facts: EpochFacts }
  | { did: "close" }
  | { did: "fail"; code: string; message: string };

function answer(writer: Writer, request: Request): Reply {
  switch (request.do) {
    case "append":
      return { did: "append", committed: writer.append(request.frames), disk: writer.store().disk() };
    case "tell again":
      return {
        did: "append",
        committed: writer.tellAgain(request.dictionary, request.time),
        disk: writer.store().disk(),
      };
    case "take out":
      return { did: "append", committed: writer.takeOut(request.frame, request.time), disk: writer.store().disk() };
    case "settle":
      return { did: "settle", settled: writer.settle(request.changes) };
    case "compact":
      return { did: "compact", ...writer.compact(), disk: writer.store().disk() };
    case "renew":
      return { did: "renew", facts: writer.renew(request.record) };
    case "close":
      writer.store().close();
      return { did: "close" };
  }
}

function serve(port: NonNullable<typeof parentPort>, input: WriterInput): void {
  const writer = openWriter(input);
  port.on("message", (request: Request) => {
    let reply: Reply;
    try {
      reply = answer(writer, request);
    } catch (error) {
      // Anything else is a bug: it ends this thread, and the process with it.
      if (!(error instanceof DiskError)) throw error;
      reply = { did: "fail", code: error.code, message: error.message };
    }
    port.postMessage(reply);
    if (reply.did === "close") port.close();
  });
  const { opening, disk } = writer.store();
  port.postMessage({ did: "open", opening, disk: disk(), setAside: writer.setAside } satisfies Reply);
}

if (parentPort !== null) serve(parentPort, workerData as WriterInput);
