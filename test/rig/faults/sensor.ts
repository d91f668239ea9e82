import { type Fault, type FaultKind, isActive } from "./fault.ts";

/** How a value can be answered for. */
export const SHOWN = 0;
/** Its register or node gives no value. */
export const DROPPED = 1;
/** The unit that serves it does not answer at all. */
export const SILENT = 2;
/** It says that its value is doubtful; what cannot say so (Modbus) shows it as it is. */
export const UNSURE = 3;
/** Of a recorded row: the cell is empty, or holds a text that is no number. */
export const EMPTY = 4;
export const TEXT = 5;

const marks: Partial<Record<FaultKind, number>> = { dropout: DROPPED, silent: SILENT, uncertain: UNSURE };

/** Applies the faults of sensors to a sample: sticks and blanks `values`, marks what is not answered in `missing`. */
export function openSensorFaults(faults: readonly Fault[], tags: readonly string[]) {
  const each = faults.flatMap((fault) => (fault.tag === undefined ? [] : [{ fault, i: tags.indexOf(fault.tag) }]));
  const stuck = new Map<Fault, number>();
  return (time: number, values: Float64Array, missing: Uint8Array): void => {
    missing.fill(SHOWN);
    for (const { fault, i } of each) {
      if (!isActive(fault, time)) continue;
      if (fault.kind === "flatline") {
        const at = stuck.get(fault) ?? values[i] ?? Number.NaN;
        stuck.set(fault, at);
        values[i] = at;
      } else if (fault.kind === "nan") values[i] = Number.NaN;
      else missing[i] = marks[fault.kind] ?? SHOWN;
    }
  };
}
