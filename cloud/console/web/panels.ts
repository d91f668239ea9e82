/** The four panels of a rig's page: by catalogue name, the solid pen first. `least` is how much the scale shows at least, in the tag's unit. */
export interface PanelPlan {
  title: string;
  pens: readonly [PenPlan, PenPlan];
  /** Shows the first pen's normal band. */
  band?: true;
}

interface PenPlan {
  name: string;
  label: string;
  unit: string;
  least: number;
}

export const panels: readonly PanelPlan[] = [
  {
    title: "Depth and rate",
    pens: [
      { name: "rop", label: "ROP", unit: "ft/h", least: 100 },
      { name: "block_position", label: "Block", unit: "ft", least: 100 },
    ],
  },
  {
    title: "Weight",
    pens: [
      { name: "hook_load", label: "Hookload", unit: "lbf", least: 200_000 },
      { name: "wob", label: "WOB", unit: "lbf", least: 40_000 },
    ],
  },
  {
    title: "Rotation",
    pens: [
      { name: "torque", label: "Torque", unit: "ft·lbf", least: 20_000 },
      { name: "rpm", label: "Speed", unit: "rpm", least: 200 },
    ],
  },
  {
    title: "Hydraulics",
    band: true,
    pens: [
      { name: "mud_pressure", label: "Standpipe pressure", unit: "psi", least: 2_000 },
      { name: "flow_out", label: "Flow out", unit: "gpm", least: 800 },
    ],
  },
];

/** Values over the panels. The anomaly score is looked up by its unit: models give their own names. */
export const headlines: readonly { name: string; label: string; unit: string }[] = [
  { name: "depth", label: "Hole depth", unit: "ft" },
  { name: "bit_depth", label: "Bit depth", unit: "ft" },
  { name: "mud_flow", label: "Flow in", unit: "gpm" },
  { name: "pit_volume", label: "Pit volume", unit: "bbl" },
  { name: "gas", label: "Gas", unit: "%" },
];

export const stateTag = "rig_state";

/** Tags whose history a rig's page asks for. */
export const charted: readonly string[] = [...panels.flatMap(({ pens }) => pens.map(({ name }) => name)), stateTag];
