import { type Random, randomOf } from "./random.ts";

/** What the bit stands in at a depth. */
export interface Rock {
  /** Resistance to drilling; 1 is the well's mean. */
  strength: number;
  /** Gamma ray, API units. */
  gamma: number;
  /** Resistivity, ohm·m. */
  resistivity: number;
  /** Gas that drilling sets free, % at a rate of penetration of 60 ft/h. */
  gas: number;
}

const BED_FT = 24;

/** Beds of some 24 ft whose properties run into each other: a pure function of seed and depth (ft). */
export function formationOf(seed: number): (depth: number) => Rock {
  const shaleAt = (bed: number) => {
    const random: Random = randomOf(Math.imul(seed, 0x9e3779b1) ^ Math.imul(bed, 0x85ebca6b));
    random.next();
    return random.next();
  };
  return (depth) => {
    const bed = Math.floor(depth / BED_FT);
    const share = depth / BED_FT - bed;
    const blend = share * share * (3 - 2 * share);
    const shale = shaleAt(bed) * (1 - blend) + shaleAt(bed + 1) * blend;
    return {
      strength: 1.1 - 0.2 * shale,
      gamma: 38 + 74 * shale,
      resistivity: 22 * Math.exp(-1.9 * shale),
      gas: 1.4 + 0.8 * (1 - shale),
    };
  };
}
