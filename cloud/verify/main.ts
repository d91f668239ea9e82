import "../../shared/node/guard.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tableOf } from "./table.ts";
import { type Sources, verify } from "./verify.ts";

const usage = `verify [--ledger FILE] [--data DIR] [--edge FILE …] [--cloud FILE]

Holds what the simulated rig served (its ledger), what the edge has (its journal) and what the cloud stored (its archive) against each other.
Nothing is written. Exit code 0 if they balance, 1 if not, 2 if they cannot be read.
  --edge FILE   a journal; again for each disk of the same rig that was taken out or cloned
  --data DIR    where edge/journal.db and cloud/archive.db lie (IDRILL_DATA, else ./data)
`;

try {
  const { values } = parseArgs({
    options: {
      ledger: { type: "string" },
      data: { type: "string", default: process.env.IDRILL_DATA ?? "data" },
      edge: { type: "string", multiple: true },
      cloud: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
  } else {
    const [edge = join(values.data, "edge", "journal.db"), ...disks] = values.edge ?? [];
    const cloud = values.cloud ?? join(values.data, "cloud", "archive.db");
    const sources: Sources = { cloud, disks };
    if (values.ledger !== undefined) sources.ledger = values.ledger;
    if (values.edge !== undefined || existsSync(edge)) sources.edge = edge;
    const report = verify(sources);
    process.stdout.write(`${tableOf(report)}\n${JSON.stringify(report)}\n`);
    process.exitCode = report.balanced ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`verify: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
