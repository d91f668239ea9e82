import type { modbusTables, registerTypes, wordOrders } from "../../../shared/domain/rig-config.ts";

export type Table = (typeof modbusTables)[number];

/** One value in the registers: raw = (value − offset) ÷ scale, where the column says what value. */
export interface Entry {
  unit: number;
  table: Table;
  /** Zero-based, as on the wire. */
  address: number;
  type: Exclude<(typeof registerTypes)[number], "string">;
  order: (typeof wordOrders)[number];
  scale: number;
  /** Name of the value: a tag of the rig, or a counter. */
  column: string;
}

type Place = [
  table: Table,
  address: number,
  type: Entry["type"],
  column: string,
  scale?: number,
  order?: Entry["order"],
];

const unit = (number: number, places: Place[]): Entry[] =>
  places.map(([table, address, type, column, scale = 1, order = "ABCD"]) => ({
    unit: number,
    table,
    address,
    type,
    order,
    scale,
    column,
  }));

/**
 * The rig's registers. Unit 1 is drawworks and top drive (holding registers), unit 2 the pumps (input registers),
 * unit 3 pits and returns (both). Each has the tick counter at 0 and its proof at 2. What stands in no row is answered
 * with exception 2.
 */
export const registerMap: readonly Entry[] = [
  ...unit(1, [
    ["holding", 0, "uint32", "tick"],
    ["holding", 2, "float32", "tick_proof"],
    ["holding", 4, "uint16", "rig_state"],
    ["holding", 5, "int16", "block_position", 0.01],
    ["holding", 6, "int16", "rpm", 0.1],
    ["holding", 7, "int16", "motor_temperature", 0.1],
    ["holding", 8, "int32", "hook_load", 50],
    ["holding", 10, "int32", "wob", 50, "CDAB"],
    ["holding", 12, "float32", "torque", 1, "CDAB"],
    ["holding", 14, "float32", "power_consumption"],
    ["holding", 20, "int32", "depth", 0.01, "CDAB"],
    ["holding", 22, "int32", "bit_depth", 0.01],
    ["holding", 24, "float32", "rop"],
    ["holding", 30, "float32", "vibration"],
    ["holding", 32, "float32", "vibration_axial"],
    ["holding", 34, "float32", "vibration_lateral", 1, "CDAB"],
    ["holding", 36, "float32", "vibration_torsional", 1, "CDAB"],
    ["holding", 38, "uint16", "bit_wear", 0.001],
    ["coil", 0, "bool", "topdrive.running"],
    ["discrete", 0, "bool", "in_slips"],
    ["discrete", 1, "bool", "emergency_stop"],
  ]),
  ...unit(2, [
    ["input", 0, "uint32", "tick"],
    ["input", 2, "float32", "tick_proof"],
    ["input", 4, "int16", "pump1_spm", 0.1],
    ["input", 5, "int16", "pump2_spm", 0.1],
    ["input", 6, "int16", "pump3_spm", 0.1],
    ["input", 7, "uint16", "mud_flow", 0.1],
    ["input", 8, "float32", "mud_pressure"],
    ["input", 10, "float32", "pump_pressure", 1, "CDAB"],
    ["input", 12, "uint16", "pump_efficiency", 0.001],
    ["coil", 0, "bool", "pump1.running"],
    ["coil", 1, "bool", "pump2.running"],
    ["coil", 2, "bool", "pump3.running"],
  ]),
  ...unit(3, [
    ["holding", 0, "uint32", "tick", 1, "CDAB"],
    ["holding", 2, "float32", "tick_proof", 1, "CDAB"],
    ["holding", 4, "float32", "pit_volume", 1, "CDAB"],
    ["holding", 6, "int16", "pit_gain", 0.1],
    ["input", 0, "uint16", "flow_out", 0.1],
    ["input", 1, "float32", "gas"],
    ["input", 10, "int16", "casing_pressure"],
    ["input", 11, "int16", "surface_temperature", 0.1],
  ]),
];
