import { sensorOf } from "../../../shared/domain/catalogue.ts";
import type { HmiTag } from "../../../shared/domain/hmi.ts";

/** The overview's values in the driller's order: weight, rotation, hydraulics, returns. Names are the sensor catalogue's. */
export const groups = [
  ["hook_load", "wob", "rop"],
  ["rpm", "torque", "motor_temperature", "vibration"],
  ["mud_pressure", "mud_flow", "flow_out"],
  ["pit_volume", "gas"],
] as const;

/** The strip's tracks: pen 1, pen 2; with the least width of their scales in the catalogue's unit. */
export const tracks = [
  { pens: ["hook_load", "block_position"], head: ["Hookload", "Block"], least: [50_000, 50] },
  { pens: ["wob", "rop"], head: ["WOB", "ROP"], least: [10_000, 20] },
  { pens: ["torque", "rpm"], head: ["Torque", "Speed"], least: [5_000, 50] },
  { pens: ["mud_pressure", "flow_out"], head: ["SPP", "Flow out"], least: [500, 200] },
] as const;

/** Where in the list of tags a sensor of the catalogue stands, whatever alias the rig uses; -1 where it has none. */
export function indexOf(tags: readonly HmiTag[], sensor: string): number {
  const exact = tags.findIndex((tag) => tag.name === sensor);
  return exact !== -1 ? exact : tags.findIndex((tag) => sensorOf(tag.name)?.name === sensor);
}

/** What drives a score, with the screen's words instead of the tags' names. */
export function named<T extends { name: string }>(evidence: readonly T[], tags: readonly HmiTag[]): T[] {
  const labels = new Map(tags.map(({ name, label }) => [name, label]));
  return evidence.map((part) => ({ ...part, name: labels.get(part.name) ?? part.name }));
}

/** What a value is called on the screen: as the rig's configuration has it, else as the catalogue does. */
export function labelOf(tag: HmiTag | undefined, sensor: string): string {
  return tag?.label ?? sensorOf(sensor)?.label ?? sensor;
}
