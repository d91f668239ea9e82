import { existsSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { adminToken } from "../support/parts.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { journalOf, type Stage } from "./stage.ts";

/** The logs of writes may grow so far behind whoever reads, bytes. */
const LOG_CAP = 64e6;
const CLIENTS = 12;
/** Each asks so often: far more than the buffers between take. */
const ASKS = 500;
const STRIKE_S = 60;

/** Asks a server for an answer again and again and takes none of them. */
function askWithoutReading(port: number, path: string, token?: string): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  socket.pause();
  // The server may end it, which is its right.
  socket.on("error", () => undefined);
  const authorization = token === undefined ? "" : `Authorization: Bearer ${token}\r\n`;
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}\r\n`.repeat(ASKS));
  return socket;
}

/** Whether the server had more to say than the buffers took, or has ended it. */
async function wasStuck(socket: Socket): Promise<boolean> {
  if (socket.destroyed || socket.readyState !== "open") return true;
  const answers = socket.bytesRead;
  socket.resume();
  await sleep(1_000);
  return socket.bytesRead > answers;
}

/** Keeps what the journal's file held at this moment from being given up, as a person with a database tool does. */
function holdSnapshot(path: string): { letGo(): void } {
  const db = new Database(path, { readonly: true });
  db.exec("begin");
  db.prepare("select count(*) from frame").get();
  return { letGo: () => void db.close() };
}

function logsOf(stage: Stage): number[] {
  const logs = [`${journalOf(stage)}-wal`, join(stage.scene.data, "cloud", "archive.db-wal")];
  return logs.map((path) => (existsSync(path) ? statSync(path).size : 0));
}

/** Faults of those who read. */
export const readerFaults: readonly Fault[] = [
  {
    id: "F19",
    title: "who reads is stuck: screens that take no answer, a tool that holds the journal open; a strike is a minute",
    strikes: { fast: 0, full: 10 },
    run: eachStrike(async (stage) => {
      const { ports } = stage.scene;
      const to = Date.now();
      const span = `from=${to - 3_600_000}&to=${to}`;
      const token = await adminToken(`http://127.0.0.1:${ports.cloud}`);
      const tool = holdSnapshot(journalOf(stage));
      const sockets = Array.from({ length: CLIENTS }, (_, i) =>
        i % 2 === 0
          ? askWithoutReading(ports.hmi, "/api/v1/hmi/snapshot")
          : askWithoutReading(ports.cloud, `/api/v1/rigs/rig-14/coverage?${span}`, token),
      );
      let most = 0;
      try {
        for (const until = performance.now() + STRIKE_S * 1_000; performance.now() < until; ) {
          most = Math.max(most, ...logsOf(stage));
          if (most > LOG_CAP) throw new Error(`a log of writes is ${most} bytes long`);
          await sleep(1_000);
          await stage.allGood();
        }
        const stuck = await Promise.all(sockets.map(wasStuck));
        if (!stuck.every(Boolean)) throw new Error("a client took all that it asked for, so nobody was stuck");
      } finally {
        tool.letGo();
        for (const socket of sockets) socket.destroy();
      }
      await stage.drained();
      process.stderr.write(`F19: the logs of writes were at most ${(most / 1e6).toFixed(1)} MB long\n`);
    }),
  },
];
