/** One variable of the OPC UA server. */
export interface LoggerNode {
  /** Name of the value: a tag of the rig, or a counter. */
  column: string;
  node: string;
  type: "Double" | "Float" | "UInt32";
}

/** The mud logger's variables, in namespace 1. `gas` is served here and by Modbus unit 3. */
export const loggerNodes: readonly LoggerNode[] = [
  { column: "tick", node: "ns=1;s=tick", type: "UInt32" },
  { column: "tick_proof", node: "ns=1;s=tick_proof", type: "Float" },
  ...[
    "mud_density",
    "mud_density_out",
    "mud_temperature",
    "mud_viscosity",
    "mud_ph",
    "bit_temperature",
    "temperature_lwd",
    "gamma_ray",
    "resistivity",
    "gas",
  ].map((column) => ({ column, node: `ns=1;s=${column}`, type: "Double" as const })),
];
