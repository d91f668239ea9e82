import type { HmiConfiguration } from "../../../shared/domain/hmi.ts";

/** A configuration that has just started is not blamed yet for a device that is slow to answer, ms. */
const PATIENCE_MS = 15_000;

/** What every page says while the file and what runs are not one and the same; null while there is nothing to say. `ranMs`: how long it runs. */
export function configNotice(of: HmiConfiguration | null, ranMs: number): string | null {
  if (of === null) return null;
  const count = of.errors.length === 1 ? "1 error" : `${of.errors.length} errors`;
  if (of.earlier !== null) {
    return of.state === "broken" ? `Earlier one runs, file has ${count}` : "Earlier one runs, file is in order";
  }
  if (of.state === "broken") return `File has ${count}`;
  if (of.state === "differs") return "File is not what runs";
  return of.kept !== null && ranMs > PATIENCE_MS ? "No good value yet" : null;
}
