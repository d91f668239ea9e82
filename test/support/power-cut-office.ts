import { join } from "node:path";
import Database from "better-sqlite3";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { writeJournal } from "./hand-journal.ts";
import { handRig, tagOf } from "./hand-rig.ts";
import { officeOf } from "./office.ts";

/**
 * `power-cut-office.ts FOLDER FULL|NORMAL`: a cloud that lands 60 frames in FOLDER/cloud/archive.db and dies at once, and what an edge that got all its receipts
 * would have in FOLDER/edge/journal.db. Under NORMAL the archive is deceived: it asks for FULL, reads FULL back, and has NORMAL.
 */
const [folder = "", mode = ""] = process.argv.slice(2);
const FRAMES = 60;

if (mode === "NORMAL") {
  const { pragma } = Database.prototype;
  Database.prototype.pragma = function (this: Database.Database, source: string, options?: Database.PragmaOptions) {
    if (source === "synchronous") return 2;
    return pragma.call(this, source === "synchronous = FULL" ? "synchronous = NORMAL" : source, options);
  };
}
const path = join(folder, "cloud", "archive.db");
// Closing brings everything to the disk: the tables are there, whatever the mode.
await openSqliteArchive(path).close();
const archive = openSqliteArchive(path);
const office = officeOf(archive);
const rig = handRig("rig-a", office.keys.enrol("rig-a"), [tagOf("mud_pressure")]);
const foundation = rig.foundation();
await office.greet(rig, 0, 0);
await office.take(rig.events(foundation));
for (let first = 1; first <= FRAMES; first += 10) await office.take(rig.telemetry(first, first + 9));
const telemetry = office.receipts.at(-1)?.statements.find(({ stream }) => stream === "telemetry");
if (telemetry?.watermark !== FRAMES) throw new Error("not everything was receipted");
writeJournal(join(folder, "edge", "journal.db"), rig, FRAMES, FRAMES, [foundation]);
process.kill(process.pid, "SIGKILL");
