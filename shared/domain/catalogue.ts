import { circulatingStates, drillingStates, type RigState } from "./rig-state.ts";
import type { Limit, Limits } from "./tag.ts";
import type { units } from "./units.ts";

type Unit = (typeof units)[number];

/** What the field knows of a sensor before a rig says anything about it: the only registry of units and limits. */
export interface Sensor {
  name: string;
  label: string;
  unit: Unit;
  /** Other names of the same thing; matched without regard to case, `_`, `-` and space. */
  aliases: readonly string[];
  limits: Limits;
}

const drilling: RigState[] = [...drillingStates];
const circulating: RigState[] = [...circulatingStates];

const low = (at: number, states: RigState[], priority: Limit["priority"] = 3): Limit => ({ at, priority, states });
const high = (at: number, priority: Limit["priority"] = 3): Limit => ({ at, priority });

function sensor(
  name: string,
  label: string,
  unit: Unit,
  sane: [number, number],
  limits: Partial<Limits> = {},
  aliases: readonly string[] = [],
): Sensor {
  return { name, label, unit, aliases, limits: { sane, onDelayS: 5, deadband: 0.02, ...limits } };
}

/** The sensor catalogue (rows V04 to V42 and V51 of the parity list): sane range, largest step a second, default alarm band. A rig's configuration may override limits, never names or units. */
export const catalogue: readonly Sensor[] = [
  sensor("depth", "Hole depth", "ft", [0, 50_000], { maxStep: 1 }, ["hole_depth", "DMEA", "0110"]),
  sensor("bit_depth", "Bit depth", "ft", [0, 50_005], { maxStep: 12 }, ["DBTM", "0108"]),
  sensor("block_position", "Block", "ft", [-5, 165], { maxStep: 15 }, ["BPOS", "block", "0112"]),
  sensor(
    "wob",
    "WOB",
    "lbf",
    [0, 100_000],
    { maxStep: 5_000, l: low(5_000, drilling, 4), h: { ...high(50_000), states: drilling } },
    ["weight_on_bit", "WOBA", "0116"],
  ),
  sensor(
    "rpm",
    "Rotary speed",
    "rpm",
    [0, 300],
    { maxStep: 30, l: low(50, ["rotary drilling"], 4), h: { ...high(200), states: drilling } },
    ["rotary_speed", "RPMA", "0120"],
  ),
  sensor("torque", "Torque", "ft·lbf", [0, 50_000], { maxStep: 4_000, h: high(20_000), hh: high(40_000, 2) }, [
    "TQA",
    "0118",
  ]),
  sensor(
    "rop",
    "ROP",
    "ft/h",
    [0, 500],
    { maxStep: 25, l: low(10, drilling, 4), h: { ...high(100, 4), states: drilling }, hh: high(200, 2) },
    ["rate_of_penetration", "ROPA", "0113"],
  ),
  sensor(
    "mud_flow",
    "Flow in",
    "gpm",
    [0, 2_000],
    { maxStep: 180, l: low(500, circulating), h: { ...high(1_200), states: circulating } },
    ["mud_flow_rate", "flow_in", "flow_rate", "MFIA", "0130"],
  ),
  sensor("flow_out", "Flow out", "gpm", [0, 2_000], { maxStep: 180 }, ["MFOA", "0129"]),
  sensor(
    "mud_pressure",
    "Standpipe pressure",
    "psi",
    [0, 10_000],
    { maxStep: 1_000, l: low(1_000, circulating, 2), h: { ...high(5_000, 2), states: circulating } },
    ["standpipe_pressure", "SPP", "SPPA", "0121"],
  ),
  sensor("pump_pressure", "Pump pressure", "psi", [0, 10_000], { maxStep: 1_000, h: high(5_000, 2) }),
  sensor("casing_pressure", "Casing pressure", "psi", [0, 7_500], { maxStep: 600, h: high(3_000, 1) }, [
    "CHKP",
    "0122",
  ]),
  sensor("annulus_pressure", "Annulus pressure", "psi", [0, 7_500], { maxStep: 600, h: high(3_000, 1) }),
  sensor("diff_pressure", "Motor differential pressure", "psi", [-500, 3_000], { maxStep: 500 }, ["DIFP"]),
  sensor(
    "hook_load",
    "Hookload",
    "lbf",
    [0, 1_000_000],
    { maxStep: 50_000, l: low(100_000, drilling), h: { ...high(500_000, 2), states: drilling } },
    ["HKLA", "0114"],
  ),
  sensor("power_consumption", "Power", "kW", [0, 5_000], { maxStep: 300, h: high(2_000) }),
  sensor("pump1_spm", "Pump 1 strokes", "spm", [0, 250], { maxStep: 60, h: high(130, 4) }, ["SPM1", "0123"]),
  sensor("pump2_spm", "Pump 2 strokes", "spm", [0, 250], { maxStep: 60, h: high(130, 4) }, ["SPM2", "0124"]),
  sensor("pump3_spm", "Pump 3 strokes", "spm", [0, 250], { maxStep: 60, h: high(130, 4) }, ["SPM3", "0125"]),
  sensor("pit_volume", "Pit volume", "bbl", [0, 5_000], { maxStep: 5 }, ["TVA", "0126"]),
  sensor("pit_gain", "Pit gain", "bbl", [-500, 500], { maxStep: 5, l: high(-5), h: high(5), hh: high(10, 2) }, [
    "TVCA",
    "0127",
  ]),
  sensor("mud_density", "Mud density in", "ppg", [6, 22], { maxStep: 0.5, l: high(8), h: high(20) }, [
    "mud_weight",
    "MDIA",
    "0132",
  ]),
  sensor("mud_density_out", "Mud density out", "ppg", [6, 22], { maxStep: 0.5, l: high(8), h: high(20) }, [
    "MDOA",
    "0131",
  ]),
  sensor("mud_viscosity", "Mud viscosity", "cP", [1, 200], { l: high(20, 4), h: high(60, 4) }),
  sensor("mud_ph", "Mud pH", "pH", [0, 14], { l: high(8, 4), h: high(10.5, 4) }),
  sensor(
    "mud_temperature",
    "Mud temperature out",
    "°C",
    [0, 150],
    { maxStep: 2, l: low(40, circulating, 4), h: { ...high(80), states: circulating } },
    ["MTOA", "0133"],
  ),
  sensor("bit_temperature", "Bit temperature", "°C", [0, 200], { maxStep: 2, h: high(120) }, ["Temperature_Bit"]),
  sensor("motor_temperature", "Top drive motor", "°C", [0, 150], { maxStep: 2, h: high(95), hh: high(110, 2) }, [
    "Temperature_Motor",
  ]),
  sensor("surface_temperature", "Surface temperature", "°C", [-50, 60], { maxStep: 1 }, ["Temperature_Surface"]),
  sensor("internal_temperature", "Internal temperature", "°C", [0, 150], { maxStep: 2, h: high(110) }),
  sensor("vibration", "Vibration", "g", [0, 100], { h: high(5), hh: high(10, 2) }, ["vibration_level"]),
  sensor("vibration_axial", "Axial vibration", "ratio", [0, 1], { h: high(0.8) }),
  sensor("vibration_lateral", "Lateral vibration", "ratio", [0, 1], { h: high(0.7) }),
  sensor("vibration_torsional", "Torsional vibration", "ratio", [0, 1], { h: high(0.6) }),
  sensor("gamma_ray", "Gamma ray", "API", [0, 1_000], {}, ["MG1", "0823"]),
  sensor("resistivity", "Resistivity", "ohm·m", [0, 2_000]),
  sensor("density", "Formation density", "g/cc", [1, 3.5], { l: high(1.5, 4), h: high(3, 4) }, [
    "formation_density",
    "MFD",
    "0841",
  ]),
  sensor("porosity", "Porosity", "%", [0, 50]),
  sensor("neutron_porosity", "Neutron porosity", "%", [-5, 60]),
  sensor("sonic", "Sonic", "µs/ft", [30, 250]),
  sensor("caliper", "Caliper", "in", [3, 40], {}, ["MCLP", "0844"]),
  sensor("temperature_lwd", "LWD temperature", "°C", [-20, 200], { h: high(175) }),
  sensor("bit_wear", "Bit wear", "ratio", [0, 1], { h: high(0.8), hh: high(0.9, 2) }),
  sensor("pump_efficiency", "Pump efficiency", "ratio", [0, 1], { l: high(0.85) }),
  sensor("gas", "Gas", "%", [0, 100], {}, ["GASA", "0140"]),
];

const plain = (name: string) => name.toLowerCase().replaceAll(/[_\- ]/g, "");
const byName = new Map(
  catalogue.flatMap((one) => [one.name, ...one.aliases].map((name) => [plain(name), one] as const)),
);

/** The sensor that goes by this name or alias, or undefined: an unknown name is never guessed. */
export function sensorOf(name: string): Sensor | undefined {
  return byName.get(plain(name));
}
