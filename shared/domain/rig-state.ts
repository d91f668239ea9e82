/** What the rig is doing (V49). Switches alarm sets, limits and model inputs. The position is the code of the `rig_state` tag: append only. */
export const rigStates = [
  "unknown",
  "rotary drilling",
  "sliding",
  "connection",
  "in slips",
  "tripping in",
  "tripping out",
  "circulating",
  "idle",
] as const;
export type RigState = (typeof rigStates)[number];

/** States in which the bit makes hole (D of the sensor catalogue). */
export const drillingStates: readonly RigState[] = ["rotary drilling", "sliding"];
/** States in which mud is pumped round (C of the sensor catalogue). */
export const circulatingStates: readonly RigState[] = ["rotary drilling", "sliding", "circulating"];
