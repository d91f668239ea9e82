import { parentPort, workerData } from "node:worker_threads";
import type { Id } from "../../shared/domain/id.ts";
import { collectRegularly, openCollection } from "../../shared/node/collect.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { FrameName } from "./broken.ts";
import type { Compacted } from "./compaction.ts";
import type { Committed, DiskFacts, NewFrame, Opening, RunRecord } from "./frames.ts";
import type { Change, Settled } from "./settlement.ts";
import type { ReadBack } from "./store.ts";
import { DiskError, openWriter, SetAsideError, type Writer, type WriterInput } from "./writer.ts";

/** What the writing thread is asked; each request is answered after its commit, in order. */
export type Request =
  | { do: "append"; frames: readonly NewFrame[] }
  | { do: "settle"; changes: readonly Change[] }
  | { do: "tell again"; dictionary: Id; time: FrameTime }
  | { do: "take out"; frame: FrameName; time: FrameTime }
  | { do: "compact" }
  | { do: "renew"; record: RunRecord }
  | { do: "read back"; time: FrameTime }
  /** Opens the file again, to tell what stands in it now. */
  | { do: "reopen" }
  | { do: "examine" }
  | { do: "close" };
/** Its answers; first of all, unasked, what it opened. */
export type Reply =
  | ({ did: "open"; disk: DiskFacts } & Opened)
  | { did: "append"; committed: Committed; disk: DiskFacts }
  | { did: "settle"; settled: Settled[] }
  | ({ did: "compact"; disk: DiskFacts } & Compacted)
  | { did: "renew"; facts: EpochFacts }
  | ({ did: "read back"; disk: DiskFacts } & ReadBack)
  | { did: "examine" }
  | { did: "close" }
  /** `setAside` is where the file was put if it was damaged: then a new epoch runs in a new file. */
  | { did: "fail"; code: string; message: string; setAside: string | null };

interface Opened {
  /** As far as the file can be read, also where it cannot be written; null where it cannot be opened. */
  opening: Opening | null;
  record: RunRecord;
  /** Files that were set aside and are not yet read back. */
  setAside: string[];
  /** What was noted and had to be forgotten, for people. */
  doubts: string[];
  trouble: { code: string; message: string } | null;
}

function answer(writer: Writer, request: Request): Reply {
  switch (request.do) {
    case "append":
      return { did: "append", committed: writer.append(request.frames), disk: writer.disk() };
    case "tell again":
      return { did: "append", committed: writer.tellAgain(request.dictionary, request.time), disk: writer.disk() };
    case "take out":
      return { did: "append", committed: writer.takeOut(request.frame, request.time), disk: writer.disk() };
    case "settle":
      return { did: "settle", settled: writer.settle(request.changes) };
    case "compact":
      return { did: "compact", ...writer.compact(), disk: writer.disk() };
    case "renew":
      return { did: "renew", facts: writer.renew(request.record) };
    case "read back":
      return { did: "read back", ...writer.readBack(request.time), disk: writer.disk() };
    case "reopen":
      writer.reopen();
      return opened(writer);
    case "examine":
      writer.examine();
      return { did: "examine" };
    case "close":
      writer.close();
      return { did: "close" };
  }
}

function opened(writer: Writer): Reply {
  const [opening, trouble] = [writer.opening(), writer.trouble()];
  const [record, setAside, doubts] = [writer.record(), writer.setAside(), writer.doubts()];
  return { did: "open", opening, disk: writer.disk(), record, setAside, doubts, trouble };
}

function serve(port: NonNullable<typeof parentPort>, input: WriterInput): void {
  const writer = openWriter(input);
  const collect = openCollection();
  collectRegularly();
  port.on("message", (request: Request) => {
    let reply: Reply;
    try {
      reply = answer(writer, request);
    } catch (error) {
      // Anything else is a bug: it ends this thread, and the process with it.
      if (!(error instanceof DiskError)) throw error;
      const setAside = error instanceof SetAsideError ? error.file : null;
      reply = { did: "fail", code: error.code, message: error.message, setAside };
    }
    port.postMessage(reply);
    // Frames are unpacked and packed by the thousand.
    if (reply.did === "compact") collect();
    if (reply.did === "close") port.close();
  });
  port.postMessage(opened(writer));
}

if (parentPort !== null) serve(parentPort, workerData as WriterInput);
