import type { System } from "../../../../shared/ui/units.ts";
import { Segments } from "./Segments.tsx";

interface UnitsProps {
  chosen: System;
  choose: (system: System) => void;
}

/** US oilfield units or metric. */
export function Units({ chosen, choose }: UnitsProps) {
  const options = [
    ["field", "Field"],
    ["si", "SI"],
  ] as const;
  return <Segments label="Units" chosen={chosen} options={options} choose={choose} />;
}

interface TimesProps {
  chosen: "rig" | "utc";
  choose: (times: "rig" | "utc") => void;
}

/** Each rig's own time, or UTC. */
export function Times({ chosen, choose }: TimesProps) {
  const options = [
    ["rig", "Rig time"],
    ["utc", "UTC"],
  ] as const;
  return <Segments label="Times" chosen={chosen} options={options} choose={choose} />;
}
